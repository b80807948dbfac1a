#include "server/http/routes.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "keystore/ids.h"
#include "server/core/tenant_snapshot.h"
#include "server/http/entity_tag.h"

namespace signet::http {
namespace {

using Snapshot = std::shared_ptr<const core::TenantSnapshot>;  // Shared with the directory.

enum class Resource { kJwks, kDiscovery, kLive, kReady, kMetrics };

struct PathEntry {
  absl::string_view path;
  Resource resource;
  // The template where the path stands behind /t/{tenant}; empty if it cannot.
  absl::string_view tenant_route;
};
constexpr PathEntry kPaths[] = {
    {"/.well-known/jwks.json", Resource::kJwks, "/t/{tenant}/.well-known/jwks.json"},
    {"/.well-known/openid-configuration", Resource::kDiscovery, "/t/{tenant}/.well-known/openid-configuration"},
    {"/livez", Resource::kLive, ""},
    {"/readyz", Resource::kReady, ""},
    {"/metrics", Resource::kMetrics, ""},
};

struct Match {
  absl::string_view route;
  Resource resource;
  // What stands in the path for {tenant}.
  std::optional<absl::string_view> tenant;
};

std::optional<Match> MatchPath(absl::string_view path, RouteSet routes) {
  std::optional<absl::string_view> tenant;
  if (absl::ConsumePrefix(&path, "/t/")) {
    tenant = path.substr(0, path.find('/'));
    path.remove_prefix(tenant->size());
  }
  for (const PathEntry& entry : kPaths) {
    if (entry.path != path || (tenant && entry.tenant_route.empty())) continue;
    if (routes == RouteSet::kProbe && entry.resource != Resource::kLive && entry.resource != Resource::kReady) break;
    return Match{.route = tenant ? entry.tenant_route : entry.path, .resource = entry.resource, .tenant = tenant};
  }
  return std::nullopt;
}

// Where a request goes to.
struct Destination {
  absl::string_view path;
  // The host with its port, as sent; empty if HTTP/1.0 sent none.
  absl::string_view authority;
};

// Returns nullopt for a request that says its host not at all, or in several ways.
std::optional<Destination> FindDestination(const Request& request) {
  const std::vector<absl::string_view> hosts = FieldValues(request, "Host");
  if (hosts.size() > 1 || (hosts.empty() && request.minor_version > 0)) return std::nullopt;
  Destination destination = {.path = request.target, .authority = hosts.empty() ? "" : hosts[0]};
  // The absolute form must be understood, and its host goes before the field (RFC 9112 section 3.2.2).
  for (const absl::string_view scheme : {"https://", "http://"}) {
    if (!absl::StartsWithIgnoreCase(destination.path, scheme)) continue;
    destination.path.remove_prefix(scheme.size());
    destination.authority = destination.path.substr(0, destination.path.find_first_of("/?"));
    destination.path.remove_prefix(destination.authority.size());
    break;
  }
  destination.path = destination.path.substr(0, destination.path.find('?'));
  return destination;
}

// Host aliases are in lower case and without port.
std::string HostAliasOf(absl::string_view authority) {
  // An IPv6 address stands in brackets, so that its colons are not taken for the port's.
  const size_t address_end = absl::StartsWith(authority, "[") ? authority.find(']') : 0;
  if (address_end == absl::string_view::npos) return "";
  return absl::AsciiStrToLower(authority.substr(0, authority.find(':', address_end)));
}

Snapshot FindTenant(const HttpBackend& backend, const Match& match, absl::string_view authority) {
  if (match.tenant) return backend.directory.FindTenant(keystore::TenantId(std::string(*match.tenant)));
  return backend.directory.FindTenantByHost(HostAliasOf(authority));
}

// What the JWKS and discovery allow: browsers of any origin may read them, everybody may cache them.
Fields PublicFields(const core::TenantSnapshot& tenant, absl::Time now, absl::string_view content_type) {
  const int64_t max_age = absl::ToInt64Seconds(tenant.jwks.MaxAge(now));
  return {{"Content-Type", std::string(content_type)},
          {"Cache-Control", absl::StrCat("public, max-age=", max_age)},
          {"Access-Control-Allow-Origin", "*"}};
}

Response ServeJwks(const core::TenantSnapshot& tenant, absl::Time now, const Request& request) {
  Response response = {.fields = PublicFields(tenant, now, "application/jwk-set+json"), .body = tenant.jwks.json};
  response.fields.emplace_back("ETag", tenant.jwks.etag);
  if (IfNoneMatchLists(absl::StrJoin(FieldValues(request, "If-None-Match"), ", "), tenant.jwks.etag)) response.status = 304;
  return response;
}

Response ServeDiscovery(const core::TenantSnapshot& tenant, absl::Time now, absl::string_view public_url) {
  // The members that OpenID Connect Discovery 1.0 section 3 requires, except those of endpoints that do not exist; as other issuers
  // that only publish keys do, such as Kubernetes.
  const nlohmann::ordered_json metadata = {
      {"issuer", tenant.issuer},
      {"jwks_uri", absl::StrCat(public_url, "/t/", tenant.tenant.id.value(), "/.well-known/jwks.json")},
      {"response_types_supported", {"id_token"}},
      {"subject_types_supported", {"public"}},
      {"id_token_signing_alg_values_supported", tenant.signing_algorithms},
  };
  // Replaces what is not UTF-8, where the default is to throw.
  return {.fields = PublicFields(tenant, now, "application/json"),
          .body = metadata.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
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

RoutedResponse Dispatch(const HttpBackend& backend, RouteSet routes, const Request& request) {
  const std::optional<Destination> destination = FindDestination(request);
  if (!destination) {
    return {.route = "other", .response = Problem(400, kRequestMalformed, "the request needs exactly one Host field")};
  }
  const std::optional<Match> match = MatchPath(destination->path, routes);
  if (!match) return {.route = "other", .response = Problem(404, kPathNotFound, "there is nothing at this path")};

  RoutedResponse routed = {.route = match->route};
  if (request.method != "GET" && request.method != "HEAD") {
    routed.response = Problem(405, kMethodNotAllowed, "this resource is only for GET and HEAD");
    routed.response.fields.emplace_back("Allow", "GET, HEAD");
    return routed;
  }
  switch (match->resource) {
    case Resource::kLive:
      routed.response = ServeText("text/plain; charset=utf-8", "ok\n");
      return routed;
    case Resource::kReady:
      routed.response = ServeReady(backend.health);
      return routed;
    case Resource::kMetrics:
      routed.response = ServeText("text/plain; version=0.0.4; charset=utf-8", backend.metrics.Expose());
      return routed;
    case Resource::kJwks:
    case Resource::kDiscovery:
      break;
  }
  const Snapshot tenant = FindTenant(backend, *match, destination->authority);
  if (tenant == nullptr) {
    routed.response = Problem(
        404, reason::kTenantNotFound,
        match->tenant ? "there is no such tenant" : "no tenant has this host as an alias; name the tenant in the path, behind /t/");
    routed.response.fields.emplace_back("Access-Control-Allow-Origin", "*");
    return routed;
  }
  routed.tenant = tenant->tenant.id.value();
  const absl::Time now = backend.clock.Now();
  routed.response =
      match->resource == Resource::kJwks ? ServeJwks(*tenant, now, request) : ServeDiscovery(*tenant, now, backend.public_url);
  return routed;
}

}  // namespace

RoutedResponse Route(const HttpBackend& backend, RouteSet routes, const Request& request) {
  RoutedResponse routed = Dispatch(backend, routes, request);
  Response& response = routed.response;
  response.content_length = response.body.size();
  if (request.method == "HEAD" || response.status == 304) response.body.clear();
  return routed;
}

}  // namespace signet::http
