#include "server/http/route_table.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace signet::http {
namespace {

using core::RuleOf;

constexpr absl::string_view kTenantVariable = "{tenant}";
constexpr absl::string_view kClientVariable = "{client}";

constexpr RouteEntry kRoutes[] = {
    {"/.well-known/jwks.json", Resource::kJwks, false, RuleOf("GET /.well-known/jwks.json")},
    {"/t/{tenant}/.well-known/jwks.json", Resource::kJwks, false, RuleOf("GET /.well-known/jwks.json")},
    {"/token_keys", Resource::kTokenKeys, false, RuleOf("GET /token_keys")},
    {"/t/{tenant}/token_keys", Resource::kTokenKeys, false, RuleOf("GET /token_keys")},
    {"/token_key", Resource::kTokenKey, false, RuleOf("GET /token_key")},
    {"/t/{tenant}/token_key", Resource::kTokenKey, false, RuleOf("GET /token_key")},
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
    {"/samlp/metadata", Resource::kSamlMetadata, false, RuleOf("GET /samlp/metadata")},
    {"/t/{tenant}/samlp/metadata", Resource::kSamlMetadata, false, RuleOf("GET /samlp/metadata")},
    {"/samlp/metadata/{client}", Resource::kSamlMetadata, false, RuleOf("GET /samlp/metadata/{client}")},
    {"/t/{tenant}/samlp/metadata/{client}", Resource::kSamlMetadata, false, RuleOf("GET /samlp/metadata/{client}")},
    {"/wsfed/FederationMetadata/2007-06/FederationMetadata.xml", Resource::kWsFederationMetadata, false,
     RuleOf("GET /wsfed/FederationMetadata/2007-06/FederationMetadata.xml")},
    {"/t/{tenant}/wsfed/FederationMetadata/2007-06/FederationMetadata.xml", Resource::kWsFederationMetadata, false,
     RuleOf("GET /wsfed/FederationMetadata/2007-06/FederationMetadata.xml")},
    {"/wsfed/{client}/FederationMetadata/2007-06/FederationMetadata.xml", Resource::kWsFederationMetadata, false,
     RuleOf("GET /wsfed/{client}/FederationMetadata/2007-06/FederationMetadata.xml")},
    {"/t/{tenant}/wsfed/{client}/FederationMetadata/2007-06/FederationMetadata.xml", Resource::kWsFederationMetadata, false,
     RuleOf("GET /wsfed/{client}/FederationMetadata/2007-06/FederationMetadata.xml")},
    {"/FederationMetadata/2007-06/FederationMetadata.xml", Resource::kWsFederationMetadata, false,
     RuleOf("GET /FederationMetadata/2007-06/FederationMetadata.xml")},
    {"/t/{tenant}/FederationMetadata/2007-06/FederationMetadata.xml", Resource::kWsFederationMetadata, false,
     RuleOf("GET /FederationMetadata/2007-06/FederationMetadata.xml")},
    {"/oauth/token", Resource::kToken, true, RuleOf("POST /oauth/token")},
    {"/t/{tenant}/oauth/token", Resource::kToken, true, RuleOf("POST /oauth/token")},
    {"/oauth/introspect", Resource::kIntrospection, true, RuleOf("POST /oauth/introspect")},
    {"/t/{tenant}/oauth/introspect", Resource::kIntrospection, true, RuleOf("POST /oauth/introspect")},
    {"/oauth/revoke", Resource::kRevocation, true, RuleOf("POST /oauth/revoke")},
    {"/t/{tenant}/oauth/revoke", Resource::kRevocation, true, RuleOf("POST /oauth/revoke")},
    {"/openapi.json", Resource::kOpenApi, false, RuleOf("GET /openapi.json")},
    {"/livez", Resource::kLive, false, RuleOf("GET /livez")},
    {"/readyz", Resource::kReady, false, RuleOf("GET /readyz")},
    {"/metrics", Resource::kMetrics, false, RuleOf("GET /metrics")},
};

bool IsServed(const RouteEntry& entry, RouteSet routes) {
  return routes == RouteSet::kPublic || entry.resource == Resource::kLive || entry.resource == Resource::kReady ||
         entry.resource == Resource::kMetrics;
}

// Compares `path` with the template of `match`, and puts into it what stands for the variables.
bool Matches(absl::string_view path, RouteMatch& match) {
  absl::string_view rest = match.entry.path;
  while (true) {
    const size_t variable = std::min(rest.find('{'), rest.size());
    if (!absl::ConsumePrefix(&path, rest.substr(0, variable))) return false;
    rest.remove_prefix(variable);
    if (rest.empty()) return path.empty();
    const absl::string_view value = path.substr(0, path.find('/'));
    path.remove_prefix(value.size());
    (absl::ConsumePrefix(&rest, kTenantVariable) ? match.tenant : match.client) = value;
    absl::ConsumePrefix(&rest, kClientVariable);
  }
}

}  // namespace

absl::Span<const RouteEntry> AllRoutes() { return kRoutes; }

std::optional<RouteMatch> MatchRoute(absl::string_view path, RouteSet routes) {
  for (const RouteEntry& entry : kRoutes) {
    RouteMatch match = {.entry = entry, .tenant = std::nullopt, .client = std::nullopt};
    if (IsServed(entry, routes) && Matches(path, match)) return match;
  }
  return std::nullopt;
}

}  // namespace signet::http
