#include "server/http/sap_route_table.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/path_template.h"

namespace signet::http {
namespace {

constexpr SapRoute kRoutes[] = {
    {"GET", "/sap/rest/authorization/v2/securitySettings", "/t/{tenant}/sap/rest/authorization/v2/securitySettings",
     SapCall::kGetSettings},
    {"PATCH", "/sap/rest/authorization/v2/securitySettings", "/t/{tenant}/sap/rest/authorization/v2/securitySettings",
     SapCall::kPatchSettings},
    {"POST", "/login/{version}", "", SapCall::kLogin},
    {"POST", "/command/{version}/security/token-key", "", SapCall::kTokenKeyCommand},
    {"POST", "/command/{version}/security/api-credential", "", SapCall::kApiCredentialCommand},
    {"POST", "/command/{version}/security/settings", "", SapCall::kSettingsCommand},
};

}  // namespace

absl::Span<const SapRoute> SapRoutes() { return kRoutes; }

std::optional<SapMatch> MatchSapRoute(absl::string_view method, absl::string_view path) {
  SapMatch match;
  match.tenant = TakeTenant(path);
  if (absl::StartsWith(path, "/sap/rest/")) {
    match.part = SapMatch::Part::kRest;
  } else if (absl::StartsWith(path, "/login/") && !match.tenant) {
    match.part = SapMatch::Part::kLogin;
  } else if (absl::StartsWith(path, "/command/") && !match.tenant) {
    match.part = SapMatch::Part::kCommand;
  } else {
    return std::nullopt;
  }
  for (const SapRoute& route : kRoutes) {
    const std::optional<std::vector<absl::string_view>> variables = MatchPath(path, route.path);
    if (!variables) continue;
    absl::StrAppend(&match.allowed, match.allowed.empty() ? "" : ", ", route.method, route.method == "GET" ? ", HEAD" : "");
    if (!TakesMethod(route.method, method)) continue;
    match.route = &route;
    if (!variables->empty()) match.version = variables->front();
  }
  return match;
}

}  // namespace signet::http
