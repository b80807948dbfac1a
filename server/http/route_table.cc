#include "server/http/route_table.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace signet::http {
namespace {

using core::RuleOf;

constexpr absl::string_view kTenantVariable = "{tenant}";

constexpr RouteEntry kRoutes[] = {
    {"/.well-known/jwks.json", Resource::kJwks, false, RuleOf("GET /.well-known/jwks.json")},
    {"/t/{tenant}/.well-known/jwks.json", Resource::kJwks, false, RuleOf("GET /.well-known/jwks.json")},
    {"/.well-known/openid-configuration", Resource::kOpenIdConfiguration, false, RuleOf("GET /.well-known/openid-configuration")},
    {"/t/{tenant}/.well-known/openid-configuration", Resource::kOpenIdConfiguration, false,
     RuleOf("GET /.well-known/openid-configuration")},
    {"/.well-known/oauth-authorization-server", Resource::kServerMetadata, false,
     RuleOf("GET /.well-known/oauth-authorization-server")},
    {"/t/{tenant}/.well-known/oauth-authorization-server", Resource::kServerMetadata, false,
     RuleOf("GET /.well-known/oauth-authorization-server")},
    // Where RFC 8414 section 3.1 has it for an issuer with a path; the one above is where others look for it.
    {"/.well-known/oauth-authorization-server/t/{tenant}", Resource::kServerMetadata, false,
     RuleOf("GET /.well-known/oauth-authorization-server")},
    {"/oauth/token", Resource::kToken, true, RuleOf("POST /oauth/token")},
    {"/t/{tenant}/oauth/token", Resource::kToken, true, RuleOf("POST /oauth/token")},
    {"/oauth/introspect", Resource::kIntrospection, true, RuleOf("POST /oauth/introspect")},
    {"/t/{tenant}/oauth/introspect", Resource::kIntrospection, true, RuleOf("POST /oauth/introspect")},
    {"/oauth/revoke", Resource::kRevocation, true, RuleOf("POST /oauth/revoke")},
    {"/t/{tenant}/oauth/revoke", Resource::kRevocation, true, RuleOf("POST /oauth/revoke")},
    {"/livez", Resource::kLive, false, RuleOf("GET /livez")},
    {"/readyz", Resource::kReady, false, RuleOf("GET /readyz")},
    {"/metrics", Resource::kMetrics, false, RuleOf("GET /metrics")},
};

bool IsServed(const RouteEntry& entry, RouteSet routes) {
  return routes == RouteSet::kPublic || entry.resource == Resource::kLive || entry.resource == Resource::kReady ||
         entry.resource == Resource::kMetrics;
}

// Compares `path` with the template of `entry`; puts what stands for the variable into `tenant`.
bool Matches(absl::string_view path, const RouteEntry& entry, std::optional<absl::string_view>& tenant) {
  const size_t variable = entry.path.find(kTenantVariable);
  if (variable == absl::string_view::npos) return path == entry.path;
  if (!absl::ConsumePrefix(&path, entry.path.substr(0, variable))) return false;
  const size_t size = std::min(path.find('/'), path.size());
  if (path.substr(size) != entry.path.substr(variable + kTenantVariable.size())) return false;
  tenant = path.substr(0, size);
  return true;
}

}  // namespace

absl::Span<const RouteEntry> AllRoutes() { return kRoutes; }

std::optional<RouteMatch> MatchRoute(absl::string_view path, RouteSet routes) {
  for (const RouteEntry& entry : kRoutes) {
    std::optional<absl::string_view> tenant;
    if (IsServed(entry, routes) && Matches(path, entry, tenant)) return RouteMatch{.entry = entry, .tenant = tenant};
  }
  return std::nullopt;
}

}  // namespace signet::http
