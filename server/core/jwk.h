#ifndef SIGNET_SERVER_CORE_JWK_H_
#define SIGNET_SERVER_CORE_JWK_H_

#include <string>

#include "absl/strings/string_view.h"
#include "hsm/public_key.h"

namespace signet::core {

// Returns a JWK (RFC 7517) as JSON: the members of the key, `kid`, `use` "sig" and `alg`.
std::string ToJwk(absl::string_view kid, const hsm::PublicKey& key);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JWK_H_
