#ifndef SIGNET_HSM_JWK_PUBLIC_KEY_H_
#define SIGNET_HSM_JWK_PUBLIC_KEY_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "hsm/public_key.h"

namespace signet::hsm {

// Public keys that a client hands in, as the verification key of its private_key_jwt (RFC 7523). All errors:
//   kInvalidArgument  INVALID_FIELD, `public_key`; the message repeats nothing of the input

// The members that only a private or secret JWK has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2).
inline constexpr absl::string_view kPrivateJwkMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

// Builds a key of `algorithm` from the members of a JWK that are strings: kty, crv, x, y, n, e (RFC 7518 section 6, RFC 8037
// section 2). Other members, such as kid and alg, are ignored; one that a private key has is refused. An RSA modulus has exactly
// the bits of `algorithm`.
absl::StatusOr<PublicKey> PublicKeyFromJwkMembers(Algorithm algorithm, const std::map<std::string, std::string>& members);

// Builds a key of `algorithm` from one PEM block labelled PUBLIC KEY or CERTIFICATE. Of a certificate only the key is read: neither
// its signature nor its validity is checked.
absl::StatusOr<PublicKey> PublicKeyFromPem(Algorithm algorithm, absl::string_view pem);

// Return what a key signs with when nobody says so: ES256, ES384 or ES512 by its curve, RS256 by its size (2048, 3072 or 4096
// bits), Ed25519. Errors also for a key that no algorithm takes. The last one takes a DER SubjectPublicKeyInfo.
absl::StatusOr<Algorithm> DefaultAlgorithmForJwk(const std::map<std::string, std::string>& members);
absl::StatusOr<Algorithm> DefaultAlgorithmForPem(absl::string_view pem);
absl::StatusOr<Algorithm> DefaultAlgorithmForSpki(absl::string_view spki_der);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_JWK_PUBLIC_KEY_H_
