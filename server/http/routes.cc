#include "server/http/routes.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/ids.h"
#include "server/core/access.h"
#include "server/core/authenticator.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/tenant_urls.h"
#include "server/http/auth0_route_table.h"
#include "server/http/auth0_routes.h"
#include "server/http/destination.h"
#include "server/http/discovery.h"
#include "server/http/federation_metadata.h"
#include "server/http/oauth_response.h"
#include "server/http/oauth_routes.h"
#include "server/http/openapi.h"
#include "server/http/public_document.h"
#include "server/http/sap_route_table.h"
#include "server/http/sap_routes.h"
#include "server/http/token_keys.h"

namespace signet::http {
namespace {

using Snapshot = std::shared_ptr<const core::TenantSnapshot>;  // Shared with the directory.

// By its id, if the path names one, otherwise by the host.
Snapshot FindTenant(const HttpBackend& backend, const std::optional<absl::string_view>& id, absl::string_view authority) {
  if (id) return backend.directory.FindTenant(keystore::TenantId(std::string(*id)));
  const std::string host = HostAliasOf(authority);
  Snapshot tenant = backend.directory.FindTenantByHost(host);
  // Clients of SAP BTP that have a certificate come to a host of their own, for which no tenant needs an alias.
  return tenant == nullptr ? backend.directory.FindTenantByHost(core::WithoutCertificateLabel(host)) : tenant;
}

Response ServeJwks(const HttpBackend& backend, const Snapshot& tenant, absl::Time now, const Request& request) {
  const std::shared_ptr<const core::Jwks> jwks = backend.directory.FindJwks(tenant);  // Shared with the directory.
  Response response = {.fields = PublicFields(*tenant, now, "application/jwk-set+json"), .shared_body = {jwks, &jwks->json}};
  SetEntityTag(jwks->etag, request, response);
  return response;
}

Response ServeReady(const core::Health& health) {
  std::vector<std::string> failing;
  absl::string_view reason;
  // The reason is that of the first: draining is for good, and an operator looks at the HSM before the store.
  const auto check = [&](bool ok, absl::string_view part, absl::string_view part_reason) {
    if (ok) return;
    if (failing.empty()) reason = part_reason;
    failing.emplace_back(part);
  };
  check(!health.draining(), "draining", reason::kShuttingDown);
  check(health.hsm_ok(), "hsm", reason::kHsmUnavailable);
  check(health.store_ok(), "store", reason::kStoreUnavailable);

  if (failing.empty()) {
    return {.fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, .body = "{\"ready\":true}\n"};
  }
  nlohmann::ordered_json problem = {
      {"type", "about:blank"},
      {"title", std::string(ReasonPhrase(503))},
      {"status", 503},
      {"detail", "not ready: " + absl::StrJoin(failing, ", ")},
      {"reason", std::string(reason)},
      {"ready", false},
      {"failing", failing},
  };
  return {.status = 503,
          .fields = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
          .body = problem.dump() + "\n"};
}

Response ServeText(absl::string_view content_type, std::string body) {
  return {.fields = {{"Content-Type", std::string(content_type)}, {"Cache-Control", "no-store"}}, .body = std::move(body)};
}

// What only some callers may see. The scheme of a challenge is the one that API calls use (RFC 6750 section 3).
Response RefuseCaller(const absl::Status& status, bool has_token) {
  if (!absl::IsUnauthenticated(status)) {
    return Problem(403, GetReason(status), "the caller may not see this: it needs a credential of the system's tenant");
  }
  Response response =
      Problem(401, GetReason(status), "this resource needs a bearer token of Signet's, or a known client certificate");
  response.fields.emplace_back("WWW-Authenticate",
                               has_token ? "Bearer realm=\"signet\", error=\"invalid_token\"" : "Bearer realm=\"signet\"");
  return response;
}

// OK if the caller may do what `rule` is about.
absl::Status CheckCaller(const HttpBackend& backend, const core::AccessRule& rule, const Request& request,
                         absl::string_view authorization) {
  if (rule.who == core::AccessRule::Who::kAnybody) return absl::OkStatus();
  const core::CallEvidence evidence = {.authorization = authorization, .peer_chain_pem = request.peer_chain_pem};
  SIGNET_ASSIGN_OR_RETURN(const auto principal, backend.authenticator.Authenticate(evidence));
  return core::CheckAccess(rule, *principal);
}

Response ServeMetrics(const HttpBackend& backend, const Serving& serving, const core::AccessRule& rule, const Request& request) {
  // An operator decides who reaches the probe listener.
  if (serving.routes != RouteSet::kProbe) {
    const std::vector<absl::string_view> fields = FieldValues(request, "Authorization");
    if (fields.size() > 1) return Problem(400, kRequestMalformed, "the request has several Authorization fields");
    const absl::string_view authorization = fields.empty() ? "" : fields[0];
    const absl::Status allowed = CheckCaller(backend, rule, request, authorization);
    if (!allowed.ok()) return RefuseCaller(allowed, !authorization.empty());
  }
  return ServeText("text/plain; version=0.0.4; charset=utf-8", backend.metrics.Expose());
}

bool IsMethodAllowed(const RouteEntry& entry, absl::string_view method) {
  return entry.is_post ? method == "POST" : method == "GET" || method == "HEAD";
}

bool IsOfTokenKeys(const RouteEntry& entry) {
  return entry.resource == Resource::kTokenKeys || entry.resource == Resource::kTokenKey;
}

// Whether clients of this route know errors as OAuth has them; all that take POST are OAuth's.
bool HasOAuthErrors(const RouteEntry& entry) { return entry.is_post || IsOfTokenKeys(entry); }

Response RefuseMethod(const RouteEntry& entry) {
  const absl::string_view text = entry.is_post ? "this resource is only for POST" : "this resource is only for GET and HEAD";
  Response response = HasOAuthErrors(entry) ? OAuthErrorResponse({"method_not_allowed", std::string(text)}, ClientScheme::kOther)
                                            : Problem(405, kMethodNotAllowed, text);
  response.fields.emplace_back("Allow", entry.is_post ? "POST" : "GET, HEAD");
  return response;
}

Response ServeFederation(const RouteMatch& match, const core::TenantSnapshot& tenant, absl::Time now) {
  if (match.client && !IsClientSegment(*match.client)) return Problem(404, kPathNotFound, "there is nothing at this path");
  const FederationSource source = {tenant, match.client.value_or(""), tenant.jwks_life.MaxAge(now)};
  absl::StatusOr<std::string> xml =
      match.entry.resource == Resource::kSamlMetadata ? SamlMetadata(source) : WsFederationMetadata(source);
  if (!xml.ok()) return Problem(404, GetReason(xml.status()), std::string(xml.status().message()));
  return {.fields = PublicFields(tenant, now, "application/xml; charset=utf-8"), .body = *std::move(xml)};
}

// Answers for a tenant that exists.
void ServeTenant(const HttpBackend& backend, const Serving& serving, const RouteMatch& match, const Snapshot& tenant,
                 const Request& request, RoutedResponse& routed) {
  const RouteEntry& entry = match.entry;
  const absl::Time now = backend.clock.Now();
  const DiscoverySource source = {*tenant, backend.public_url, serving.client_certificates};
  switch (entry.resource) {
    case Resource::kJwks:
      routed.response = ServeJwks(backend, tenant, now, request);
      return;
    case Resource::kTokenKeys:
      routed.response = ServeTokenKeys(*tenant, now, request);
      return;
    case Resource::kTokenKey:
      routed.response = ServeTokenKey(*tenant, now, request);
      return;
    case Resource::kOpenIdConfiguration:
      routed.response = {.fields = PublicFields(*tenant, now, "application/json"), .body = OpenIdConfiguration(source)};
      return;
    case Resource::kServerMetadata:
      routed.response = {.fields = PublicFields(*tenant, now, "application/json"), .body = AuthorizationServerMetadata(source)};
      return;
    case Resource::kSamlMetadata:
    case Resource::kWsFederationMetadata:
      routed.response = ServeFederation(match, *tenant, now);
      return;
    default:
      StartOAuth(backend, entry, tenant->tenant.id, request, routed);
  }
}

Response RefuseTenant(const RouteMatch& match) {
  const absl::string_view text =
      match.tenant ? "there is no such tenant" : "no tenant has this host as an alias; name the tenant in the path, behind /t/";
  Response response = HasOAuthErrors(match.entry) ? OAuthErrorResponse({"not_found", std::string(text)}, ClientScheme::kOther)
                                                  : Problem(404, reason::kTenantNotFound, text);
  response.fields.emplace_back("Access-Control-Allow-Origin", "*");
  return response;
}

// The tenant that a request names; nullptr if there is none, and then the response says so.
Snapshot FindServedTenant(const HttpBackend& backend, const RouteMatch& match, const Destination& destination, Response& response) {
  if (IsOfTokenKeys(match.entry)) {
    const absl::StatusOr<std::string> zid = ReadZid(destination.query);
    if (!zid.ok() || !zid->empty()) {
      Snapshot tenant = zid.ok() ? backend.directory.FindTenant(keystore::TenantId(*zid)) : nullptr;
      if (tenant == nullptr) response = RefuseZid();
      return tenant;
    }
  }
  Snapshot tenant = FindTenant(backend, match.tenant, destination.authority);
  if (tenant == nullptr) response = RefuseTenant(match);
  return tenant;
}

// Answers for the surfaces that manage keys and credentials, each of which has a table and errors of its own; 404 if the path is
// none of theirs.
RoutedResponse DispatchManagement(const HttpBackend& backend, const Serving& serving, const Destination& destination,
                                  const Request& request) {
  if (backend.management && serving.routes == RouteSet::kPublic) {
    if (const std::optional<Auth0Match> auth0 = MatchAuth0Route(request.method, destination.path)) {
      return StartAuth0(backend, *auth0, FindTenant(backend, auth0->tenant, destination.authority).get(), request);
    }
    if (const std::optional<SapMatch> sap = MatchSapRoute(request.method, destination.path)) {
      return StartSap(backend, *sap, FindTenant(backend, sap->tenant, destination.authority), destination.query, request);
    }
  }
  return {.route = kNoRoute, .response = Problem(404, kPathNotFound, "there is nothing at this path")};
}

RoutedResponse Dispatch(const HttpBackend& backend, const Serving& serving, const Request& request) {
  const std::optional<Destination> destination = FindDestination(request);
  if (!destination) {
    return {.route = kNoRoute, .response = Problem(400, kRequestMalformed, "the request needs exactly one Host field")};
  }
  // First, as what verifiers ask for is asked most; no path is of more than one table.
  const std::optional<RouteMatch> match = MatchRoute(destination->path, serving.routes);
  if (!match) return DispatchManagement(backend, serving, *destination, request);

  RoutedResponse routed = {.route = match->entry.path};
  if (!IsMethodAllowed(match->entry, request.method)) {
    routed.response = RefuseMethod(match->entry);
    return routed;
  }
  switch (match->entry.resource) {
    case Resource::kLive:
      routed.response = ServeText("text/plain; charset=utf-8", "ok\n");
      return routed;
    case Resource::kOpenApi:
      routed.response = {.fields = {{"Content-Type", "application/json"}, {"Access-Control-Allow-Origin", "*"}},
                         .body = std::string(OpenApiDocument())};
      return routed;
    case Resource::kReady:
      routed.response = ServeReady(backend.health);
      return routed;
    case Resource::kMetrics:
      routed.response = ServeMetrics(backend, serving, match->entry.rule, request);
      return routed;
    default:
      break;
  }
  const Snapshot tenant = FindServedTenant(backend, *match, *destination, routed.response);
  if (tenant == nullptr) return routed;
  routed.tenant = tenant->tenant.id.value();
  ServeTenant(backend, serving, *match, tenant, request, routed);
  return routed;
}

}  // namespace

RoutedResponse Route(const HttpBackend& backend, const Serving& serving, const Request& request) {
  RoutedResponse routed = Dispatch(backend, serving, request);
  Conclude(request.method, routed.response);
  return routed;
}

void Conclude(absl::string_view method, Response& response) {
  response.content_length = response.shared_body == nullptr ? response.body.size() : response.shared_body->size();
  if (method != "HEAD" && response.status != 304) return;
  response.body.clear();
  response.shared_body = nullptr;
}

}  // namespace signet::http
