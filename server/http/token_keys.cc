#include "server/http/token_keys.h"

#include <cstddef>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/sha256.h"
#include "hsm/algorithm.h"
#include "keystore/ids.h"
#include "server/core/names.h"
#include "server/core/oauth_types.h"
#include "server/core/published_key.h"
#include "server/core/publishing_order.h"
#include "server/http/form_body.h"
#include "server/http/oauth_response.h"
#include "server/http/public_document.h"
#include "server/http/request_parameters.h"

namespace signet::http {
namespace {

using Json = nlohmann::ordered_json;

Json ToEntry(const core::PublishedKey& key) {
  const std::map<std::string, std::string> members = key.public_key.jwk_members();
  Json entry;
  const auto copy = [&](const char* name) {
    if (const auto member = members.find(name); member != members.end()) entry[name] = member->second;
  };
  for (const char* name : {"kty", "crv", "e"}) copy(name);
  entry["use"] = "sig";
  entry["kid"] = key.name.kid.value();
  entry["alg"] = std::string(hsm::GetAlgorithmInfo(key.algorithm()).jose_name);
  entry["value"] = std::string(absl::StripTrailingAsciiWhitespace(key.public_key.ToPem()));
  for (const char* name : {"n", "x", "y"}) copy(name);
  return entry;
}

Response Serve(const core::TenantSnapshot& tenant, absl::Time now, const Request& request, const Json& json) {
  // As for the JWKS: two documents of one tenant never share 128 bits of the digest.
  constexpr size_t kTagBytes = 16;
  Response response = {.fields = PublicFields(tenant, now, "application/json"), .body = json.dump()};
  const std::string digest = Sha256(response.body);
  SetEntityTag(absl::StrCat("\"", Base64UrlEncode(absl::string_view(digest).substr(0, kTagBytes)), "\""), request, response);
  return response;
}

Response Refuse(const core::OAuthError& error) {
  Response response = OAuthErrorResponse(error, ClientScheme::kOther);
  response.fields.emplace_back("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace

Response ServeTokenKeys(const core::TenantSnapshot& tenant, absl::Time now, const Request& request) {
  Json keys = Json::array();
  for (const auto& key : core::InPublishingOrder(tenant.published)) keys.push_back(ToEntry(*key));
  return Serve(tenant, now, request, {{"keys", std::move(keys)}});
}

Response ServeTokenKey(const core::TenantSnapshot& tenant, absl::Time now, const Request& request) {
  const auto ring = tenant.rings.find(keystore::RingId(std::string(core::kAccessTokenRing)));
  if (ring == tenant.rings.end() || ring->second.current == nullptr) {
    return Refuse({"not_found", "no key signs in the ring access-token; create and enable one"});
  }
  return Serve(tenant, now, request, ToEntry(*ring->second.current));
}

absl::StatusOr<std::string> ReadZid(absl::string_view query) {
  SIGNET_ASSIGN_OR_RETURN(const RequestParameters parameters, ParseForm(query));
  return std::string(parameters.Find("zid"));
}

Response RefuseZid() { return Refuse({"invalid_request", "The parameter zid is not the id of a tenant."}); }

}  // namespace signet::http
