// Bodies with which custom signing keys are published (server/http/auth0_custom_keys_body.h).

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hsm/jwk_public_key.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/json_object.h"
#include "server/http/auth0_custom_keys_body.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

// Requires that `key` can stand in a JWKS.
void RequirePublishable(const keystore::CustomSigningKey& key) {
  const absl::StatusOr<nlohmann::ordered_json> jwk = core::ParseJsonObject(key.jwk);
  Require(jwk.ok(), "a published key is a JSON object");
  const nlohmann::ordered_json* const kid = core::FindMember(*jwk, "kid");
  Require(kid != nullptr && *kid == key.kid && !key.kid.empty(), "it has the kid that it is known by");
  for (const absl::string_view name : hsm::kPrivateJwkMembers) {
    Require(core::FindMember(*jwk, std::string(name)) == nullptr, "no private key is published");
  }
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const absl::StatusOr<std::vector<keystore::CustomSigningKey>> keys = http::ReadAuth0CustomKeys(input);
  if (!keys.ok()) {
    Require(absl::IsInvalidArgument(keys.status()), "what cannot be read is an invalid argument");
    return;
  }
  Require(!keys->empty() && keys->size() <= http::kMaxAuth0CustomKeys, "there are as many keys as a tenant may have");
  std::set<std::string> kids;
  for (const keystore::CustomSigningKey& key : *keys) {
    RequirePublishable(key);
    Require(kids.insert(key.kid).second, "no two keys have one kid");
  }
}

}  // namespace signet::fuzz
