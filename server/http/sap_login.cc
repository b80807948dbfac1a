#include "server/http/sap_login.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/ids.h"
#include "server/core/names.h"
#include "server/core/oauth_types.h"
#include "server/core/principal.h"
#include "server/http/claimed_client.h"
#include "server/http/rate_limit_fields.h"
#include "server/http/sap_account.h"
#include "server/http/sap_body.h"
#include "server/http/sap_error.h"

namespace signet::http {
namespace {

using keystore::TenantId;

constexpr absl::string_view kLoginFailed = "Login failed. Check your credentials.";

// The tenant of the credential that is claimed. Of one that does not exist, Signet's own, which knows it just as little: so that
// nobody sees by the answer or its time which there are.
TenantId ClaimedTenant(const HttpBackend& backend, const std::string& client_id) {
  const auto client = backend.management->clients.FindByClientId(client_id);
  return client == nullptr ? TenantId(std::string(core::kSystemTenant)) : client->tenant;
}

// Whether the global account is above `tenant`, or below it.
bool IsRelated(const core::KeyDirectory& directory, const TenantId& global_account, const TenantId& tenant) {
  const core::Principal user = {.name = "", .tenant = tenant};
  const core::Principal owner = {.name = "", .tenant = global_account};
  return tenant.value() == core::kSystemTenant || core::Reaches(directory, user, global_account) ||
         core::Reaches(directory, owner, tenant);
}

Response ToError(const core::OAuthError& error, absl::Time now) {
  if (GetReason(error.cause) == reason::kRateLimited) return SapErrorOf(error.cause, now);
  Response response;
  if (error.error == "invalid_client" || error.error == "invalid_request") {
    response = SapError(401, kLoginFailed);
  } else if (error.error == "temporarily_unavailable") {
    response = SapError(503, "The service cannot answer now. Try again.");
  } else if (error.error == "server_error") {
    response = SapError(500, "An internal error occurred.");
  } else {
    response = SapError(403, "The credential has no scopes for this API.");
  }
  response.cause = error.cause;
  return response;
}

Response LogIn(const HttpBackend& backend, const TenantId& tenant, const SapLogin& login, int worker) {
  core::TokenRequest wanted;
  wanted.client.client_id = login.user_name;
  wanted.client.secret = Secret(std::string(login.password.Expose()));
  wanted.audience = backend.public_url;
  core::OAuthResult<core::AccessToken> outcome = backend.token_endpoint.IssueToken(tenant, wanted, worker);
  if (const auto* error = std::get_if<core::OAuthError>(&outcome); error != nullptr) {
    return ToError(*error, backend.clock.Now());
  }
  if (!login.subdomain.empty()) {
    const SapAccount account = FindGlobalAccount(backend.directory, backend.public_url, login.subdomain);
    // One that is nothing to the caller looks as if it did not exist.
    if (account == nullptr || !IsRelated(backend.directory, account->tenant.id, tenant)) {
      return SapError(404, "There is no such global account.");
    }
  }
  const auto snapshot = backend.directory.FindTenant(tenant);
  // A client has no mail address: its id takes the place.
  Response response =
      SapJson(200, {{"issuer", snapshot == nullptr ? backend.public_url : snapshot->issuer}, {"mail", login.user_name}});
  response.fields.emplace_back("X-Cpcli-Sessionid", std::get<core::AccessToken>(outcome).token);
  return response;
}

}  // namespace

void StartSapLogin(const HttpBackend& backend, const Request& request, RoutedResponse& routed) {
  const absl::Time now = backend.clock.Now();
  absl::StatusOr<SapLogin> login = ReadSapLogin(request.body.Expose());
  if (!login.ok()) {
    routed.response = SapErrorOf(login.status(), now);
    return;
  }
  // Before anything is counted or looked up by it.
  if (!IsClientId(login->user_name)) {
    routed.response = SapError(401, kLoginFailed);
    return;
  }
  const TenantId tenant = ClaimedTenant(backend, login->user_name);
  const core::RateLimiter::Verdict verdict = CountClaim(backend, tenant, request, login->user_name);
  if (!verdict.status.ok()) {
    routed.response = SapErrorOf(verdict.status, now);
    AddRateLimitFields(verdict, now, routed.response);
    return;
  }
  routed.tenant = tenant.value();
  routed.response = SapError(503, "The service is busy or shutting down. Try again.");
  routed.work.executor = &backend.token_executor;
  routed.work.run = [&backend, tenant, login = *std::move(login)](int worker) { return LogIn(backend, tenant, login, worker); };
}

}  // namespace signet::http
