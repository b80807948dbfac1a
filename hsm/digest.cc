#include "hsm/digest.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::hsm {

namespace {

// Fetched once: to look one up takes longer than to hash what is short.
const EVP_MD* Find(Hash hash) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (hash) {
    case Hash::kNone:
      std::abort();  // A defect of the caller, who documents it.
    case Hash::kSha256:
      return sha256;
    case Hash::kSha384:
      return sha384;
    case Hash::kSha512:
      return sha512;
  }
  std::abort();
}

}  // namespace

std::string ComputeDigest(Hash hash, absl::string_view message) {
  const EVP_MD* const md = Find(hash);
  std::string digest(DigestSize(hash), '\0');
  // Fails only when there is no memory left.
  if (EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, md, nullptr) != 1) {
    std::abort();
  }
  return digest;
}

absl::Status CheckDigestSize(Algorithm algorithm, absl::string_view digest) {
  const AlgorithmInfo& info = GetAlgorithmInfo(algorithm);
  const size_t expected = DigestSize(info.hash);
  if (info.hash == Hash::kNone || digest.size() == expected) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, reason::kDigestLength,
               absl::StrCat("a digest for ", info.name, " has ", expected, " bytes, not ", digest.size()),
               {{"expected", absl::StrCat(expected)}, {"actual", absl::StrCat(digest.size())}});
}

}  // namespace signet::hsm
