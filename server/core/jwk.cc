#include "server/core/jwk.h"

#include <map>

#include "absl/strings/escaping.h"
#include "base/base64url.h"
#include "hsm/algorithm.h"
#include "hsm/certificate_chain.h"
#include "nlohmann/json.hpp"

namespace signet::core {

std::string ToJwk(absl::string_view kid, const hsm::PublicKey& key, const std::vector<std::string>& certificate_chain) {
  nlohmann::ordered_json jwk;
  const std::map<std::string, std::string> members = key.jwk_members();
  for (const char* name : {"kty", "crv", "x", "y", "n", "e"}) {
    const auto member = members.find(name);
    if (member != members.end()) jwk[name] = member->second;
  }
  jwk["use"] = "sig";
  jwk["kid"] = std::string(kid);
  jwk["alg"] = std::string(hsm::GetAlgorithmInfo(key.algorithm()).jose_name);
  if (!certificate_chain.empty()) {
    // Standard base64, unlike everything else in a JWK (RFC 7517 section 4.7).
    for (const std::string& der : certificate_chain) jwk["x5c"].push_back(absl::Base64Escape(der));
    jwk["x5t"] = Base64UrlEncode(hsm::Sha1Thumbprint(certificate_chain.front()));
    jwk["x5t#S256"] = Base64UrlEncode(hsm::Sha256Thumbprint(certificate_chain.front()));
  }
  return jwk.dump();
}

}  // namespace signet::core
