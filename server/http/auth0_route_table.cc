#include "server/http/auth0_route_table.h"

#include <utility>

#include "absl/strings/match.h"
#include "server/http/path_template.h"

namespace signet::http {
namespace {

using core::RuleOf;

// With both templates of a route, and the rule of its name.
#define SIGNET_AUTH0_ROUTE(method, path, call, scopes) \
  { method, path, "/t/{tenant}" path, Auth0Call::call, RuleOf(method " " path), scopes }

constexpr Auth0Route kRoutes[] = {
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/keys/signing", kListKeys, "read:signing_keys"),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/keys/signing/{kid}", kGetKey, "read:signing_keys"),
    SIGNET_AUTH0_ROUTE("POST", "/api/v2/keys/signing/rotate", kRotateKeys, "create:signing_keys and update:signing_keys"),
    SIGNET_AUTH0_ROUTE("PUT", "/api/v2/keys/signing/{kid}/revoke", kRevokeKey, "update:signing_keys"),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/keys/custom-signing", kGetCustomKeys, "read:custom_signing_keys"),
    SIGNET_AUTH0_ROUTE("PUT", "/api/v2/keys/custom-signing", kSetCustomKeys,
                       "create:custom_signing_keys and update:custom_signing_keys"),
    SIGNET_AUTH0_ROUTE("DELETE", "/api/v2/keys/custom-signing", kDeleteCustomKeys, "delete:custom_signing_keys"),
    SIGNET_AUTH0_ROUTE("POST", "/api/v2/clients/{id}/rotate-secret", kRotateSecret, "update:client_keys"),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/clients/{id}/credentials", kListCredentials, "read:client_credentials"),
    SIGNET_AUTH0_ROUTE("POST", "/api/v2/clients/{id}/credentials", kCreateCredential, "create:client_credentials"),
    SIGNET_AUTH0_ROUTE("GET", "/api/v2/clients/{id}/credentials/{credential_id}", kGetCredential, "read:client_credentials"),
    SIGNET_AUTH0_ROUTE("DELETE", "/api/v2/clients/{id}/credentials/{credential_id}", kDeleteCredential,
                       "delete:client_credentials"),
    SIGNET_AUTH0_ROUTE("GET", "/cer", kCer, ""),
    SIGNET_AUTH0_ROUTE("GET", "/pem", kPem, ""),
    SIGNET_AUTH0_ROUTE("GET", "/rawpem", kRawPem, ""),
    SIGNET_AUTH0_ROUTE("GET", "/pb7", kPkcs7, ""),
    SIGNET_AUTH0_ROUTE("GET", "/fingerprint", kFingerprint, ""),
};

#undef SIGNET_AUTH0_ROUTE

}  // namespace

absl::Span<const Auth0Route> Auth0Routes() { return kRoutes; }

std::optional<Auth0Match> MatchAuth0Route(absl::string_view method, absl::string_view path) {
  if (!absl::StartsWith(path, "/")) return std::nullopt;
  Auth0Match match;
  match.tenant = TakeTenant(path);
  bool is_path = absl::StartsWith(path, "/api/v2/");
  for (const Auth0Route& route : kRoutes) {
    std::optional<std::vector<absl::string_view>> variables = MatchPath(path, route.path);
    if (!variables) continue;
    is_path = true;
    if (!TakesMethod(route.method, method)) continue;
    match.route = &route;
    match.variables = *std::move(variables);
    break;
  }
  if (!is_path) return std::nullopt;
  return match;
}

}  // namespace signet::http
