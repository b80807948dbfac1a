#ifndef SIGNET_HSM_OPENSSL_PUBLIC_KEY_H_
#define SIGNET_HSM_OPENSSL_PUBLIC_KEY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "hsm/openssl_handle.h"

namespace signet::hsm {

// PublicKeyParts are the numbers of a public key. Of EC keys `first` and `second` are X and Y, of the field's length; of RSA keys
// the modulus and the exponent, big endian without leading zeros; of Ed25519 keys `first` is the key and `second` empty.
struct PublicKeyParts {
  std::string first;
  std::string second;
};

// Builds OpenSSL's form of a public key of `algorithm`.
//   kInvalidArgument  the parts are not those of such a key: the point is not on the curve, the modulus has other bits, the
//                     exponent is even or has not 17 to 256 bits (FIPS 186-5 section 5.4)
absl::StatusOr<EvpPkey> BuildPublicKey(Algorithm algorithm, const PublicKeyParts& parts);

// Parses a DER SubjectPublicKeyInfo of any key type and returns the parts that a key of `algorithm` has.
//   kInvalidArgument  not DER, or not of the type and curve of `algorithm`
absl::StatusOr<PublicKeyParts> ParseSpki(Algorithm algorithm, absl::string_view spki_der);

// The same for what is known to be canonical, without a parser: what stands in front of the point in the SubjectPublicKeyInfo of a
// key of `algorithm`, which is EC. Of one curve it is always the same (RFC 5480 section 2).
absl::string_view EcSpkiPrefix(Algorithm algorithm);

// Checks that X and Y are a point on the curve of `algorithm`, which is EC. In a hundredth of the time of BuildPublicKey.
//   kInvalidArgument  they are not
absl::Status CheckEcPoint(Algorithm algorithm, const PublicKeyParts& parts);

// Reads a DER SubjectPublicKeyInfo as OpenSSL's form; nullptr if it is none.
EvpPkey ReadSpki(absl::string_view spki_der);

// Writes `key` as DER SubjectPublicKeyInfo.
std::string ToSpki(const EVP_PKEY* key);

// Verifies a signature of `algorithm` by `key` as OpenSSL lays it out: DER for ECDSA. `signed_bytes` is the digest, or the message
// for Ed25519.
bool VerifyWithOpenSsl(Algorithm algorithm, EVP_PKEY* key, absl::string_view signed_bytes, absl::string_view signature);

// Prepares `context` for signing or verifying a digest of `algorithm`, after EVP_PKEY_sign_init or EVP_PKEY_verify_init: the hash,
// the padding, and for PSS a salt as long as the hash (RFC 7518 section 3.5). Returns false if OpenSSL refuses.
bool ConfigureContext(Algorithm algorithm, EVP_PKEY_CTX* context);

// Returns OpenSSL's name of the curve of `algorithm`, such as "prime256v1". WARNING: only for EC.
const char* CurveGroupName(Algorithm algorithm);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_OPENSSL_PUBLIC_KEY_H_
