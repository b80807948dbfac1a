#include "server/http/oauth_response.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/error_reason.h"
#include "server/http/rate_limit_fields.h"

namespace signet::http {
namespace {

// HTTP/1.0's caches know Pragma alone, so RFC 6749 section 5.1 asks for both.
Response Json(int status, const nlohmann::ordered_json& json) {
  return {.status = status,
          .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"Pragma", "no-cache"}},
          // Replaces what is not UTF-8, where the default is to throw.
          .body = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

int StatusOf(const core::OAuthError& error, ClientScheme scheme) {
  if (error.error == "invalid_client") return scheme == ClientScheme::kHttp ? 401 : 400;
  if (error.error == "temporarily_unavailable") return GetReason(error.cause) == reason::kRateLimited ? 429 : 503;
  if (error.error == "server_error") return 500;
  if (error.error == "method_not_allowed") return 405;
  if (error.error == "not_found") return 404;
  return 400;
}

}  // namespace

Response OAuthErrorResponse(const core::OAuthError& error, ClientScheme scheme) {
  const int status = StatusOf(error, scheme);
  Response response = Json(status, {{"error", error.error}, {"error_description", error.description}});
  response.cause = error.cause;
  if (status == 401) response.fields.emplace_back("WWW-Authenticate", "Basic realm=\"signet\", charset=\"UTF-8\"");
  if (status == 503 || status == 429) response.fields.emplace_back("Retry-After", RetryAfter(error.cause));
  return response;
}

Response TokenResponse(const core::AccessToken& token) {
  nlohmann::ordered_json json = {
      {"access_token", token.token}, {"token_type", "Bearer"}, {"expires_in", absl::ToInt64Seconds(token.expires_in)}};
  // An empty one would not be of its form (section 3.3).
  if (!token.scope.empty()) json["scope"] = token.scope;
  return Json(200, json);
}

Response IntrospectionResponse(std::string json) {
  Response response = Json(200, nullptr);
  response.body = std::move(json);
  return response;
}

Response RevocationResponse() { return {.fields = {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}}}; }

}  // namespace signet::http
