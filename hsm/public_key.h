#ifndef SIGNET_HSM_PUBLIC_KEY_H_
#define SIGNET_HSM_PUBLIC_KEY_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

struct PublicKeyParts;

// PublicKey is a public key in software: its encodings, and the check of a signature by OpenSSL, which shares no code with the HSM.
// Immutable, cheap to copy, thread-safe.
//
// Servers hold many keys of which few verify anything, so it keeps the SubjectPublicKeyInfo alone, and OpenSSL's form from the
// first check of a signature on. What else it tells is worked out at each call.
class PublicKey {
 public:
  // Parses a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
  //   kInvalidArgument  not a key in its one canonical form, or not one that fits `algorithm` (type, curve, bits)
  static absl::StatusOr<PublicKey> FromSpki(Algorithm algorithm, absl::string_view spki_der);

  // Builds an EC key from its uncompressed point, an RSA key from modulus and exponent (big endian), an Ed25519 key from its 32
  // bytes.
  //   kInvalidArgument  the point is not on the curve, the modulus has other bits, the exponent is even or not of 17 to 256 bits
  static absl::StatusOr<PublicKey> FromEcPoint(Algorithm algorithm, absl::string_view uncompressed_point);
  static absl::StatusOr<PublicKey> FromRsa(Algorithm algorithm, absl::string_view modulus, absl::string_view exponent);
  static absl::StatusOr<PublicKey> FromEd25519(absl::string_view raw);

  Algorithm algorithm() const;
  // DER SubjectPublicKeyInfo.
  const std::string& spki_der() const;
  // The same as PEM, label PUBLIC KEY, lines of 64, ending in a newline.
  std::string ToPem() const;
  // The members that RFC 7638 section 3.2 (RFC 8037 section 2 for OKP) requires, and no others: kty, crv, x, y, n, e. Binary ones
  // are base64url.
  std::map<std::string, std::string> jwk_members() const;
  // The RFC 7638 SHA-256 thumbprint, base64url.
  std::string thumbprint() const;

  // Checks a signature over `message`, or over its `digest`. `raw_signature` is laid out as in JOSE: R and S for ECDSA.
  //   kInvalidArgument  TOKEN_SIGNATURE: the signature does not match; of VerifyDigest also DIGEST_LENGTH, and ALGORITHM_UNSUITABLE
  //                     for an algorithm without a hash
  absl::Status VerifyMessage(absl::string_view message, absl::string_view raw_signature) const;
  absl::Status VerifyDigest(absl::string_view digest, absl::string_view raw_signature) const;

 private:
  class Rep;
  static absl::StatusOr<PublicKey> FromParts(Algorithm algorithm, const PublicKeyParts& parts);
  explicit PublicKey(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;  // Shared: copies of an immutable key.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PUBLIC_KEY_H_
