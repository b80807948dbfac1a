#include "server/core/jwk.h"

#include "hsm/algorithm.h"
#include "nlohmann/json.hpp"

namespace signet::core {

std::string ToJwk(absl::string_view kid, const hsm::PublicKey& key) {
  nlohmann::ordered_json jwk;
  for (const char* name : {"kty", "crv", "x", "y", "n", "e"}) {
    const auto member = key.jwk_members().find(name);
    if (member != key.jwk_members().end()) jwk[name] = member->second;
  }
  jwk["use"] = "sig";
  jwk["kid"] = std::string(kid);
  jwk["alg"] = std::string(hsm::GetAlgorithmInfo(key.algorithm()).jose_name);
  return jwk.dump();
}

}  // namespace signet::core
