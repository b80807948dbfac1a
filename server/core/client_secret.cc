#include "server/core/client_secret.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "hsm/digest.h"

namespace signet::core {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kSaltBytes = 16;
constexpr size_t kIdBytes = 5;

// One round of SHA-256 is enough: what was drawn from 256 bits cannot be guessed, however fast the guesses.
std::string HashOf(absl::string_view salt, absl::string_view text) {
  const Secret salted(absl::StrCat(salt, text));
  return hsm::ComputeDigest(hsm::Hash::kSha256, salted.Expose());
}

// Looks at every byte, wherever the first difference is. Lengths are no secret.
bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  // The compiler must not see that the loop could end early.
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference = difference | static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

MadeClientSecret MakeClientSecret(Random& random) {
  const Secret bytes(random.Bytes(kSecretBytes));
  MadeClientSecret made;
  made.text = Secret(Base64UrlEncode(bytes.Expose()));
  made.record.id = absl::BytesToHexString(random.Bytes(kIdBytes));
  made.record.salt = random.Bytes(kSaltBytes);
  made.record.hash = HashOf(made.record.salt, made.text.Expose());
  return made;
}

bool Matches(const keystore::ClientSecret& secret, absl::string_view candidate) {
  return EqualInConstantTime(secret.hash, HashOf(secret.salt, candidate));
}

}  // namespace signet::core
