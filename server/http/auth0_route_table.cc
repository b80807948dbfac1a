#include "server/http/auth0_route_table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace signet::http {
namespace {

using core::RuleOf;

// With both templates of a route, and the rule of its name.
#define SIGNET_AUTH0_ROUTE(method, path, call) \
  { method, path, "/t/{tenant}" path, Auth0Call::call, RuleOf(method " " path) }

constexpr Auth0Route kRoutes[] = {
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/keys/signing", kListKeys),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/keys/signing/{kid}", kGetKey),
    SIGNET_AUTH0_ROUTE("POST", "/api/v2/keys/signing/rotate", kRotateKeys),
    SIGNET_AUTH0_ROUTE("PUT", "/api/v2/keys/signing/{kid}/revoke", kRevokeKey),
    SIGNET_AUTH0_ROUTE("POST", "/api/v2/clients/{id}/rotate-secret", kRotateSecret),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/clients/{id}/credentials", kListCredentials),
    SIGNET_AUTH0_ROUTE("POST", "/api/v2/clients/{id}/credentials", kCreateCredential),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/clients/{id}/credentials/{credential_id}", kGetCredential),
    SIGNET_AUTH0_ROUTE("DELETE", "/api/v2/clients/{id}/credentials/{credential_id}", kDeleteCredential),
    SIGNET_AUTH0_ROUTE("GET", "/cer", kCer),
    SIGNET_AUTH0_ROUTE("GET", "/pem", kPem),
    SIGNET_AUTH0_ROUTE("GET", "/rawpem", kRawPem),
    SIGNET_AUTH0_ROUTE("GET", "/pb7", kPkcs7),
    SIGNET_AUTH0_ROUTE("GET", "/fingerprint", kFingerprint),
};

#undef SIGNET_AUTH0_ROUTE

// Takes the next segment off `path`, with the slash in front of it.
absl::string_view TakeSegment(absl::string_view& path) {
  const size_t size = std::min(path.find('/', 1), path.size());
  const absl::string_view segment = path.substr(0, size);
  path.remove_prefix(size);
  return segment;
}

// Compares `path` with a template; puts what stands for its variables into `variables`.
bool Matches(absl::string_view path, absl::string_view pattern, std::vector<absl::string_view>& variables) {
  while (!path.empty() && !pattern.empty()) {
    const absl::string_view expected = TakeSegment(pattern);
    const absl::string_view segment = TakeSegment(path);
    if (absl::StartsWith(expected, "/{") && segment.size() > 1) {
      variables.push_back(segment.substr(1));
    } else if (segment != expected) {
      return false;
    }
  }
  return path.empty() && pattern.empty();
}

bool Takes(const Auth0Route& route, absl::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

}  // namespace

absl::Span<const Auth0Route> Auth0Routes() { return kRoutes; }

std::optional<Auth0Match> MatchAuth0Route(absl::string_view method, absl::string_view path) {
  if (!absl::StartsWith(path, "/")) return std::nullopt;
  Auth0Match match;
  if (absl::ConsumePrefix(&path, "/t/")) {
    const size_t size = std::min(path.find('/'), path.size());
    match.tenant = path.substr(0, size);
    path.remove_prefix(size);
  }
  bool is_path = absl::StartsWith(path, "/api/v2/");
  for (const Auth0Route& route : kRoutes) {
    std::vector<absl::string_view> variables;
    if (!Matches(path, route.path, variables)) continue;
    is_path = true;
    if (!Takes(route, method)) continue;
    match.route = &route;
    match.variables = std::move(variables);
    break;
  }
  if (!is_path) return std::nullopt;
  return match;
}

}  // namespace signet::http
