#ifndef SIGNET_SERVER_HTTP_AUTH0_CUSTOM_KEYS_BODY_H_
#define SIGNET_SERVER_HTTP_AUTH0_CUSTOM_KEYS_BODY_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/records.h"

namespace signet::http {

// How many custom signing keys a tenant may have.
inline constexpr size_t kMaxAuth0CustomKeys = 10;

// Reads the body of PUT /api/v2/keys/custom-signing: {"keys":[…]}, of 1 to kMaxAuth0CustomKeys JWKs (RFC 7517):
//   kty                      "EC" or "RSA", with crv, x and y, or n and e, as an algorithm of the table has them
//   kid                      each once; by default the RFC 7638 thumbprint, which is then added
//   alg, use, key_ops        one that fits the key; "sig"; ["verify"]
//   x5c, x5t, x5t#S256, x5u  the first certificate of x5c is one of the key
// Other members are refused; those of a private key by name, as that key is no secret any more.
//   kInvalidArgument  the message is for the client, and repeats nothing of the input
absl::StatusOr<std::vector<keystore::CustomSigningKey>> ReadAuth0CustomKeys(absl::string_view body);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_CUSTOM_KEYS_BODY_H_
