#ifndef SIGNET_HSM_SOFTWARE_KEY_H_
#define SIGNET_HSM_SOFTWARE_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace signet::hsm {

// The pairs that a client can have made: on P-256, or RSA with the exponent 65537.
enum class SoftwareKeyType { kEcP256, kRsa2048, kRsa4096, kRsa8192 };

// SoftwareKey is a pair that a client uses for its own TLS, made here for a caller who wants it made, and handed over at once.
// WARNING: it is not a signing key of Signet, which is made in an HSM and never leaves it. Nothing signs with it here, and nothing
// stores its private half.
struct SoftwareKey {
  // PKCS#8, not encrypted, PEM with the label PRIVATE KEY.
  Secret private_key_pem;
  // DER SubjectPublicKeyInfo.
  std::string spki_der;
};

// Makes a pair, with OpenSSL's generator of random numbers for private values. The memory that it worked in is zeroed.
// WARNING: blocks for the time that primes take: kRsa4096 seconds, kRsa8192 from seconds to minutes.
//   kInternal  DEFECT: OpenSSL failed
absl::StatusOr<SoftwareKey> GenerateSoftwareKey(SoftwareKeyType type);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SOFTWARE_KEY_H_
