#include "server/http/sap_routes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/access.h"
#include "server/core/authenticator.h"
#include "server/core/principal.h"
#include "server/core/rate_limiter.h"
#include "server/http/rate_limit_fields.h"
#include "server/http/sap_body.h"
#include "server/http/sap_command.h"
#include "server/http/sap_error.h"
#include "server/http/sap_login.h"
#include "server/http/sap_settings.h"

namespace signet::http {
namespace {

using keystore::TenantId;
using Caller = std::shared_ptr<const core::Principal>;         // Shared: the authenticator remembers it.
using Snapshot = std::shared_ptr<const core::TenantSnapshot>;  // Shared with the directory.
using Json = nlohmann::ordered_json;
using Part = SapMatch::Part;

// The value of the field; nullopt if it is there several times, "" if it is not there.
std::optional<absl::string_view> FieldOf(const Request& request, absl::string_view name) {
  const std::vector<absl::string_view> values = FieldValues(request, name);
  if (values.size() > 1) return std::nullopt;
  return values.empty() ? absl::string_view() : values[0];
}

bool IsVersion(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "v")) return false;
  for (const absl::string_view number : absl::StrSplit(text, '.')) {
    if (number.empty() || !std::all_of(number.begin(), number.end(), absl::ascii_isdigit)) return false;
  }
  return true;
}

absl::StatusOr<Caller> Authenticate(const HttpBackend& backend, const Request& request) {
  const std::optional<absl::string_view> authorization = FieldOf(request, "Authorization");
  if (!authorization) return Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "the token is not good here");
  return backend.authenticator.Authenticate({.authorization = *authorization, .peer_chain_pem = request.peer_chain_pem});
}

// Whom a call of the REST API is about: what path or host name, or else the caller's own tenant.
absl::StatusOr<TenantId> FindRestTenant(const HttpBackend& backend, const SapMatch& match, const Snapshot& named,
                                        const core::Principal& caller) {
  const absl::Status none = Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, "there is no such tenant");
  if (named == nullptr && (match.tenant || !caller.tenant)) return none;
  TenantId tenant = named == nullptr ? *caller.tenant : named->tenant.id;
  if (!core::Reaches(backend.directory, caller, tenant)) return none;
  return tenant;
}

// What a call of the REST API has to do, if its caller may.
absl::StatusOr<absl::AnyInvocable<absl::StatusOr<Json>()>> MakeRestWork(const HttpBackend& backend, SapCall call,
                                                                        const TenantId& tenant, const Caller& caller,
                                                                        const Request& request) {
  SapSettings settings(backend.management->keys, backend.management->rings, backend.random);
  if (call == SapCall::kGetSettings) {
    SIGNET_RETURN_IF_ERROR(core::CheckAccess(core::RuleOf("signet.v1.KeyService/ListKeys"), *caller));
    return [settings, tenant]() mutable { return settings.Get(tenant); };
  }
  SIGNET_ASSIGN_OR_RETURN(SapSettingsChange change, ReadSettingsPatch(request.body.Expose()));
  SIGNET_RETURN_IF_ERROR(SapSettings::CheckAccess(change, *caller));
  return [settings, tenant, caller, change = std::move(change)]() mutable { return settings.Change(tenant, change, *caller); };
}

void StartRest(const HttpBackend& backend, const SapMatch& match, const Snapshot& named, const Request& request,
               RoutedResponse& routed) {
  const absl::Time now = backend.clock.Now();
  const absl::StatusOr<Caller> caller = Authenticate(backend, request);
  if (!caller.ok()) {
    routed.response = SapRestAnswer(caller.status(), now);
    return;
  }
  const absl::StatusOr<TenantId> tenant = FindRestTenant(backend, match, named, **caller);
  if (!tenant.ok()) {
    routed.response = SapRestAnswer(tenant.status(), now);
    return;
  }
  routed.tenant = tenant->value();
  const core::RateLimiter::Verdict verdict = backend.rate_limiter.Count(core::CallClass::kAdministrative, (*caller)->name, *tenant);
  if (!verdict.status.ok()) {
    routed.response = SapRestAnswer(verdict.status, now);
    AddRateLimitFields(verdict, now, routed.response);
    return;
  }
  auto work = MakeRestWork(backend, match.route->call, *tenant, *caller, request);
  if (!work.ok()) {
    routed.response = SapRestAnswer(work.status(), now);
    return;
  }
  routed.response = SapRestError(503, "temporarily_unavailable", "The service is busy or shutting down. Try again.");
  routed.work.executor = &backend.management->executor;
  routed.work.run = [&backend, verdict, work = *std::move(work)](int) mutable {
    Response response = SapRestAnswer(work(), backend.clock.Now());
    // A refusal of its own, such as that of the quota, says more.
    if (verdict.limit > 0 && response.status != 429) AddRateLimitFields(verdict, backend.clock.Now(), response);
    return response;
  };
}

// Who has logged in: the session is a token (StartSapLogin).
absl::StatusOr<Caller> FindSession(const HttpBackend& backend, const Request& request) {
  const std::optional<absl::string_view> session = FieldOf(request, "X-Cpcli-Sessionid");
  if (!session || session->empty()) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing, "there is no session: log in first");
  }
  const std::string authorization = absl::StrCat("Bearer ", *session);
  return backend.authenticator.Authenticate({.authorization = authorization, .peer_chain_pem = request.peer_chain_pem});
}

void StartCommand(const HttpBackend& backend, const SapMatch& match, absl::string_view query, const Request& request,
                  RoutedResponse& routed) {
  const absl::Time now = backend.clock.Now();
  const absl::StatusOr<Caller> caller = FindSession(backend, request);
  if (!caller.ok()) {
    routed.response = SapErrorOf(caller.status(), now);
    return;
  }
  const auto refuse = [&](const absl::Status& status) { routed.response = SapCommandAnswer(status, now); };
  const absl::StatusOr<SapParameters> parameters = SapParameters::Read(request.body.Expose());
  if (!parameters.ok()) return refuse(parameters.status());
  const SapOrder order = {.object = match.route->call,
                          .action = query.substr(0, query.find_first_of("&=")),
                          .parameters = *parameters,
                          .session_subdomain = FieldOf(request, "X-Cpcli-Subdomain").value_or("")};
  absl::StatusOr<SapCommand> command = MakeSapCommand(backend, order, *caller);
  if (!command.ok()) return refuse(command.status());
  const TenantId& tenant = command->account->tenant.id;
  const core::RateLimiter::Verdict verdict = backend.rate_limiter.Count(core::CallClass::kAdministrative, (*caller)->name, tenant);
  if (!verdict.status.ok()) {
    refuse(verdict.status);
    AddRateLimitFields(verdict, now, routed.response);
    return;
  }
  routed.tenant = tenant.value();
  routed.response = SapCommandError(503, "The service is busy or shutting down. Try again.");
  routed.work.executor = &backend.management->executor;
  routed.work.run = [&backend, run = std::move(command->run)](int) mutable { return SapCommandAnswer(run(), backend.clock.Now()); };
}

// For what is no route: in the words of its surface.
Response RefusePath(const SapMatch& match) {
  if (!match.allowed.empty()) {
    Response response = match.part == Part::kRest
                            ? SapRestError(405, "method_not_allowed", "This resource does not take the method.")
                            : SapError(405, "Only POST is taken here.");
    response.fields.emplace_back("Allow", match.allowed);
    return response;
  }
  switch (match.part) {
    case Part::kRest:
      return SapRestError(404, "not_found", "There is nothing at this path.");
    case Part::kLogin:
      return SapError(400, "Log in with userName and password: there is no other login here.");
    case Part::kCommand:
      return SapCommandError(404,
                             "There is no such command here: only those of security/token-key, security/api-credential and "
                             "security/settings.");
  }
  return SapError(404, "There is nothing at this path.");
}

}  // namespace

RoutedResponse StartSap(const HttpBackend& backend, const SapMatch& match, const Snapshot& tenant, absl::string_view query,
                        const Request& request) {
  RoutedResponse routed = {.route = kNoRoute};
  if (match.route == nullptr) {
    routed.response = RefusePath(match);
    return routed;
  }
  routed.route = match.tenant ? match.route->tenant_path : match.route->path;
  if (match.part != Part::kRest && !IsVersion(match.version)) {
    routed.response = SapError(412, "The version of the client is not one that is known here: it must be such as v2.49.0.");
    return routed;
  }
  switch (match.part) {
    case Part::kRest:
      StartRest(backend, match, tenant, request, routed);
      break;
    case Part::kLogin:
      StartSapLogin(backend, request, routed);
      break;
    case Part::kCommand:
      StartCommand(backend, match, query, request, routed);
  }
  return routed;
}

}  // namespace signet::http
