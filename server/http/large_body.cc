#include "server/http/large_body.h"

#include <optional>
#include <string>

#include "server/http/auth0_error.h"
#include "server/http/auth0_route_table.h"
#include "server/http/destination.h"
#include "server/http/oauth_response.h"
#include "server/http/route_table.h"
#include "server/http/sap_error.h"
#include "server/http/sap_route_table.h"

namespace signet::http {
namespace {

constexpr absl::string_view kTooLarge = "the body is larger than 64 KiB";

Response RefuseSap(SapMatch::Part part) {
  constexpr absl::string_view kText = "The body is larger than 64 KiB.";
  return part == SapMatch::Part::kRest ? SapRestError(413, "payload_too_large", kText) : SapError(413, kText);
}

}  // namespace

Response RefuseLargeBody(absl::string_view target) {
  // The methods of a path do not matter, nor does its host.
  const absl::string_view path = ReadTarget(target, "").path;
  if (MatchAuth0Route("POST", path)) {
    return Auth0Error(413, "Payload content length greater than maximum allowed: 65536", "invalid_body");
  }
  if (const std::optional<SapMatch> sap = MatchSapRoute("POST", path)) return RefuseSap(sap->part);
  const std::optional<RouteMatch> match = MatchRoute(path, RouteSet::kPublic);
  if (match && match->entry.is_post) {
    Response response =
        OAuthErrorResponse({.error = "invalid_request", .description = std::string(kTooLarge)}, ClientScheme::kOther);
    response.status = 413;
    return response;
  }
  return Problem(413, kRequestMalformed, kTooLarge);
}

}  // namespace signet::http
