#include "server/http/auth0_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/http/rate_limit_fields.h"
#include "server/http/status_code.h"

namespace signet::http {
namespace {

constexpr absl::string_view kTooMany =
    "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.";

Response Refuse(const absl::Status& status, absl::Time now) {
  Response response = Auth0Error(429, kTooMany, "too_many_requests");
  AddRateLimitFields(status, now, response);
  response.fields.emplace_back("Retry-After", RetryAfter(status));
  return response;
}

Response ToError(const absl::Status& status, absl::Time now) {
  const std::string message(status.message());
  switch (HttpStatusOf(status)) {
    case 400:
      return Auth0Error(400, absl::StrCat("Payload validation error: ", message), "invalid_body");
    case 401:
      return Auth0Error(401, "Invalid token.", "invalid_token");
    case 403:
      return Auth0Error(403, message, "access_denied");
    case 404:
      return Auth0Error(404, message, "inexistent_resource");
    case 409:
      return Auth0Error(409, message, "conflict");
    case 429:
      return Refuse(status, now);
    case 503:
      return Auth0Error(503, "The service cannot answer now; try again.", "service_unavailable");
    default:
      return Auth0Error(500, "An internal error occurred", "internal_error");
  }
}

}  // namespace

Response Auth0Json(int status, const nlohmann::ordered_json& json) {
  return {.status = status,
          .fields = {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}},
          // Replaces what is not UTF-8, where the default is to throw.
          .body = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

Response Auth0Error(int status, absl::string_view message, absl::string_view code) {
  nlohmann::ordered_json json = {
      {"statusCode", status}, {"error", std::string(ReasonPhrase(status))}, {"message", std::string(message)}};
  if (!code.empty()) json["errorCode"] = std::string(code);
  return Auth0Json(status, json);
}

Response Auth0ErrorOf(const absl::Status& status, absl::Time now) {
  Response response = ToError(status, now);
  response.cause = status;
  return response;
}

}  // namespace signet::http
