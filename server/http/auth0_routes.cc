#include "server/http/auth0_routes.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/access.h"
#include "server/core/authenticator.h"
#include "server/core/principal.h"
#include "server/core/rate_limiter.h"
#include "server/http/auth0_certificate.h"
#include "server/http/auth0_clients.h"
#include "server/http/auth0_custom_keys.h"
#include "server/http/auth0_error.h"
#include "server/http/auth0_keys.h"
#include "server/http/rate_limit_fields.h"

namespace signet::http {
namespace {

using keystore::TenantId;
using Caller = std::shared_ptr<const core::Principal>;  // Shared: the authenticator remembers it.
using Work = absl::AnyInvocable<Response()>;

// Who calls, if it may call this route for `tenant`.
absl::StatusOr<Caller> Admit(const HttpBackend& backend, const core::AccessRule& rule, const TenantId& tenant,
                             const Request& request) {
  const std::vector<absl::string_view> fields = FieldValues(request, "Authorization");
  const absl::Status unknown = Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "the token is not good here");
  if (fields.size() > 1) return unknown;
  SIGNET_ASSIGN_OR_RETURN(Caller caller, backend.authenticator.Authenticate({.authorization = fields.empty() ? "" : fields[0],
                                                                             .peer_chain_pem = request.peer_chain_pem}));
  // Auth0's tokens are good for one tenant; for another one they are none.
  if (!core::CheckReach(backend.directory, *caller, tenant).ok()) return unknown;
  SIGNET_RETURN_IF_ERROR(core::CheckAccess(rule, *caller));
  return caller;
}

Response Refuse(const Auth0Route& route, const absl::Status& status, absl::Time now) {
  if (GetReason(status) == reason::kInsufficientScope) {
    Response response = Auth0Error(403, absl::StrCat("Insufficient scope; expected ", route.scopes, "."), "insufficient_scope");
    response.cause = status;
    return response;
  }
  Response response = Auth0ErrorOf(status, now);
  if (response.status == 401) response.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"signet\", error=\"invalid_token\"");
  return response;
}

// "No body": what SDKs send for it is nothing, or an empty object.
bool HasNoBody(const Request& request) {
  const absl::string_view body = absl::StripAsciiWhitespace(request.body.Expose());
  return body.empty() || body == "{}";
}

bool TakesBody(Auth0Call call) { return call == Auth0Call::kSetCustomKeys || call == Auth0Call::kCreateCredential; }

Response RefuseBody() { return Auth0Error(400, "Payload validation error: 'No body is allowed'.", "invalid_body"); }

Work MakeKeyWork(const HttpBackend& backend, const Auth0Match& match, const TenantId& tenant, const Caller& caller) {
  core::Keys& keys = backend.management->keys;
  const std::string kid = match.variables.empty() ? "" : std::string(match.variables[0]);
  const Clock& clock = backend.clock;
  switch (match.route->call) {
    case Auth0Call::kListKeys:
      return [&keys, &clock, tenant] { return ListAuth0Keys(keys, tenant, clock.Now()); };
    case Auth0Call::kGetKey:
      return [&keys, &clock, tenant, kid] { return GetAuth0Key(keys, tenant, kid, clock.Now()); };
    case Auth0Call::kRotateKeys:
      return [&keys, &rings = backend.management->rings, &clock, tenant, caller] {
        return RotateAuth0Keys(keys, rings, tenant, *caller, clock.Now());
      };
    case Auth0Call::kRevokeKey:
      return [&keys, &clock, tenant, kid, caller] { return RevokeAuth0Key(keys, tenant, kid, *caller, clock.Now()); };
    default:
      return nullptr;
  }
}

Work MakeCustomKeyWork(const HttpBackend& backend, const Auth0Match& match, const TenantId& tenant, const Caller& caller,
                       const Request& request) {
  core::Tenants& tenants = backend.management->tenants;
  const Clock& clock = backend.clock;
  switch (match.route->call) {
    case Auth0Call::kGetCustomKeys:
      return [&tenants, &clock, tenant] { return GetAuth0CustomKeys(tenants, tenant, clock.Now()); };
    case Auth0Call::kSetCustomKeys:
      return [&tenants, &clock, tenant, caller, body = std::string(request.body.Expose())] {
        return SetAuth0CustomKeys(tenants, tenant, body, *caller, clock.Now());
      };
    case Auth0Call::kDeleteCustomKeys:
      return [&tenants, &clock, tenant, caller] { return DeleteAuth0CustomKeys(tenants, tenant, *caller, clock.Now()); };
    default:
      return nullptr;
  }
}

Work MakeWork(const HttpBackend& backend, const Auth0Match& match, const TenantId& tenant, const Caller& caller,
              const Request& request) {
  if (!TakesBody(match.route->call) && !HasNoBody(request)) return RefuseBody;
  if (Work work = MakeKeyWork(backend, match, tenant, caller); work != nullptr) return work;
  if (Work work = MakeCustomKeyWork(backend, match, tenant, caller, request); work != nullptr) return work;
  return MakeAuth0ClientWork(backend, match, tenant, caller, request);
}

}  // namespace

RoutedResponse StartAuth0(const HttpBackend& backend, const Auth0Match& match, const core::TenantSnapshot* tenant,
                          const Request& request) {
  RoutedResponse routed = {.route = kNoRoute, .response = Auth0Error(404, "Not Found")};
  if (match.route == nullptr) return routed;
  routed.route = match.tenant ? match.route->tenant_path : match.route->path;
  if (tenant == nullptr) return routed;
  routed.tenant = tenant->tenant.id.value();
  const absl::Time now = backend.clock.Now();
  if (match.route->rule.who == core::AccessRule::Who::kAnybody) {
    routed.response = ServeAuth0Certificate(*tenant, match.route->call, now);
    return routed;
  }
  const TenantId& id = tenant->tenant.id;
  const absl::StatusOr<Caller> caller = Admit(backend, match.route->rule, id, request);
  if (!caller.ok()) {
    routed.response = Refuse(*match.route, caller.status(), now);
    return routed;
  }
  const core::RateLimiter::Verdict verdict = backend.rate_limiter.Count(match.route->rule.call_class, (*caller)->name, id);
  if (!verdict.status.ok()) {
    routed.response = Auth0ErrorOf(verdict.status, now);
    AddRateLimitFields(verdict, now, routed.response);
    return routed;
  }
  routed.response = Auth0Error(503, "The service is busy or shutting down; try again.", "service_unavailable");
  routed.work.executor = &backend.management->executor;
  routed.work.run = [&backend, verdict, work = MakeWork(backend, match, id, *caller, request)](int) mutable {
    Response response = work();
    // A refusal of its own, such as that of the quota, says more.
    if (verdict.limit > 0 && response.status != 429) AddRateLimitFields(verdict, backend.clock.Now(), response);
    return response;
  };
  return routed;
}

}  // namespace signet::http
