#ifndef SIGNET_HSM_SEALED_SECRET_H_
#define SIGNET_HSM_SEALED_SECRET_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::hsm {

inline constexpr size_t kMaxRecipientJwkSize = 16 * 1024;

// Encrypts `plaintext` to the holder of a private key, and to nobody else: a compact JWE (RFC 7516) with the content encryption
// A256GCM. `recipient_jwk_json` is the public JWK: EC on P-256, for which the key management is ECDH-ES, or RSA of 2048 to 8192
// bits, for which it is RSA-OAEP. Its `kid`, if it has one of at most 256 bytes, is repeated in the header. A JWE that is made
// twice differs. The memory that it worked in is zeroed.
//   kInvalidArgument  INVALID_FIELD, `seal_to_jwk`: longer than 16 KiB, not a JSON object, of another type or curve, weak, with
//                     private or symmetric members, or an `alg` or a `use` for something else; the message repeats nothing of it
//   kInternal         DEFECT: the library failed
absl::StatusOr<std::string> SealToJwk(const Secret& plaintext, absl::string_view recipient_jwk_json);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SEALED_SECRET_H_
