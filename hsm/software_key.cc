#include "hsm/software_key.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstddef>

#include "base/error.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {
namespace {

// OpenSSL zeroes the private numbers of a key when it frees it.
EvpPkey Generate(SoftwareKeyType type) {
  switch (type) {
    case SoftwareKeyType::kEcP256:
      return EvpPkey(EVP_EC_gen("P-256"));
    case SoftwareKeyType::kRsa2048:
      return EvpPkey(EVP_RSA_gen(2048u));
    case SoftwareKeyType::kRsa4096:
      return EvpPkey(EVP_RSA_gen(4096u));
    case SoftwareKeyType::kRsa8192:
      return EvpPkey(EVP_RSA_gen(8192u));
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<SoftwareKey> GenerateSoftwareKey(SoftwareKeyType type) {
  const ScopedOpenSslErrors errors;
  const EvpPkey key = Generate(type);
  // Of this kind, for its buffer is zeroed when it grows and when it dies.
  const Bio bio(BIO_new(BIO_s_secmem()));
  if (!key || !bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Defect("openssl makes no key");
  }
  char* pem = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &pem);
  if (size <= 0) return Defect("openssl writes no key");
  SoftwareKey result = {Secret(std::string(pem, static_cast<size_t>(size))), ToDer(i2d_PUBKEY, key.get())};
  if (result.spki_der.empty()) return Defect("openssl writes no public key");
  return result;
}

}  // namespace signet::hsm
