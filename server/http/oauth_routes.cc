#include "server/http/oauth_routes.h"

#include <string>
#include <utility>
#include <variant>

#include "server/core/client_assertion.h"
#include "server/core/oauth_types.h"
#include "server/core/rate_limiter.h"
#include "server/http/claimed_client.h"
#include "server/http/oauth_request.h"
#include "server/http/oauth_response.h"
#include "server/http/rate_limit_fields.h"
#include "server/http/request_parameters.h"

namespace signet::http {
namespace {

using core::ClientEvidence;
using core::OAuthError;
using keystore::TenantId;

ClientScheme SchemeOf(const Request& request, const RequestParameters& parameters) {
  const bool by_body = !parameters.Find("client_id").empty() || !parameters.Find("client_assertion").empty();
  return by_body && FieldValues(request, "Authorization").empty() ? ClientScheme::kOther : ClientScheme::kHttp;
}

// The response to an outcome: `success` of what was asked for, or the error.
template <typename T, typename Success>
Response ToResponse(const HttpBackend& backend, core::OAuthResult<T> outcome, ClientScheme scheme, Success success) {
  const OAuthError* const error = std::get_if<OAuthError>(&outcome);
  if (error == nullptr) return success(std::get<T>(std::move(outcome)));
  Response response = OAuthErrorResponse(*error, scheme);
  if (response.status == 429) AddRateLimitFields(error->cause, backend.clock.Now(), response);
  return response;
}

// Counts the call; whether it may go on. Otherwise the response says so.
bool Admit(const HttpBackend& backend, const TenantId& tenant, const Request& request, const ClientEvidence& client,
           Response& response) {
  // An assertion says by itself whose it is (RFC 7521 section 4.2).
  const std::string claimed = client.client_id.empty() ? core::ClaimedClient(client.assertion) : client.client_id;
  const core::RateLimiter::Verdict verdict = CountClaim(backend, tenant, request, claimed);
  if (verdict.status.ok()) return true;
  // OAuth has no code for it; its meaning is the same.
  response = OAuthErrorResponse({"temporarily_unavailable", "too many requests; slow down", verdict.status}, ClientScheme::kOther);
  AddRateLimitFields(verdict, backend.clock.Now(), response);
  return false;
}

void StartToken(const HttpBackend& backend, const TenantId& tenant, core::TokenRequest request, ClientScheme scheme,
                RoutedResponse& routed) {
  routed.work.executor = &backend.token_executor;
  routed.work.run = [&backend, tenant, request = std::move(request), scheme](int worker) {
    return ToResponse(backend, backend.token_endpoint.IssueToken(tenant, request, worker), scheme, TokenResponse);
  };
}

void StartIntrospection(const HttpBackend& backend, const TenantId& tenant, ClientEvidence client, Secret token,
                        ClientScheme scheme, RoutedResponse& routed) {
  routed.work.executor = &backend.token_executor;
  routed.work.run = [&backend, tenant, client = std::move(client), token = std::move(token), scheme](int) {
    return ToResponse(backend, backend.token_endpoint.Introspect(tenant, client, token.Expose()), scheme, IntrospectionResponse);
  };
}

void StartRevocation(const HttpBackend& backend, const TenantId& tenant, ClientEvidence client, Secret token, ClientScheme scheme,
                     RoutedResponse& routed) {
  routed.work.executor = &backend.token_executor;
  routed.work.run = [&backend, tenant, client = std::move(client), token = std::move(token), scheme](int) {
    return ToResponse(backend, backend.token_endpoint.Revoke(tenant, client, token.Expose()), scheme,
                      [](std::monostate) { return RevocationResponse(); });
  };
}

}  // namespace

void StartOAuth(const HttpBackend& backend, const RouteEntry& entry, const TenantId& tenant, const Request& request,
                RoutedResponse& routed) {
  const auto refuse = [&routed](const OAuthError& error, ClientScheme scheme) {
    routed.response = OAuthErrorResponse(error, scheme);
  };
  const bool is_token = entry.resource == Resource::kToken;
  const core::OAuthResult<RequestParameters> read = ReadParameters(request, is_token ? BodyForms::kFormOrJson : BodyForms::kForm);
  if (const OAuthError* const error = std::get_if<OAuthError>(&read)) return refuse(*error, ClientScheme::kOther);
  const auto& parameters = std::get<RequestParameters>(read);
  const ClientScheme scheme = SchemeOf(request, parameters);

  if (is_token) {
    core::OAuthResult<core::TokenRequest> asked = ReadTokenRequest(request, parameters);
    if (const OAuthError* const error = std::get_if<OAuthError>(&asked)) return refuse(*error, scheme);
    auto& token_request = std::get<core::TokenRequest>(asked);
    if (!Admit(backend, tenant, request, token_request.client, routed.response)) return;
    StartToken(backend, tenant, std::move(token_request), scheme, routed);
  } else {
    core::OAuthResult<ClientEvidence> asking = ReadClient(request, parameters);
    if (const OAuthError* const error = std::get_if<OAuthError>(&asking)) return refuse(*error, scheme);
    auto& client = std::get<ClientEvidence>(asking);
    Secret token{std::string(parameters.Find("token"))};
    if (token.empty()) return refuse({.error = "invalid_request", .description = "token is missing"}, scheme);
    if (!Admit(backend, tenant, request, client, routed.response)) return;
    if (entry.resource == Resource::kIntrospection) {
      StartIntrospection(backend, tenant, std::move(client), std::move(token), scheme, routed);
    } else {
      StartRevocation(backend, tenant, std::move(client), std::move(token), scheme, routed);
    }
  }
  routed.response = OAuthErrorResponse(
      {.error = "temporarily_unavailable", .description = "the server is busy or shutting down; try again"}, scheme);
}

}  // namespace signet::http
