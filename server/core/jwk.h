#ifndef SIGNET_SERVER_CORE_JWK_H_
#define SIGNET_SERVER_CORE_JWK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "hsm/public_key.h"

namespace signet::core {

// Returns a JWK (RFC 7517) as JSON: the members of the key, `kid`, `use` "sig" and `alg`; and, if it has certificates (DER, its own
// first), `x5c`, `x5t` and `x5t#S256`.
std::string ToJwk(absl::string_view kid, const hsm::PublicKey& key, const std::vector<std::string>& certificate_chain);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JWK_H_
