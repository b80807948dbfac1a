#include "server/http/sap_error.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/http/rate_limit_fields.h"
#include "server/http/status_code.h"

namespace signet::http {
namespace {

using Json = nlohmann::ordered_json;

absl::string_view ErrorNameOf(int status) {
  switch (status) {
    case 400:
      return "invalid_request";
    case 401:
      return "invalid_token";
    case 403:
      return "insufficient_scope";
    case 404:
      return "not_found";
    case 409:
      return "conflict";
    case 429:
      return "too_many_requests";
    case 503:
      return "temporarily_unavailable";
    default:
      return "server_error";
  }
}

// For people. What is wrong inside the server is for its log alone.
std::string TextOf(const absl::Status& status, int code) {
  if (code == 500) return "An internal error occurred.";
  if (code == 503) return "The service cannot answer now. Try again.";
  std::string text = absl::StrCat(status.message(), ".");
  // As a sentence, unless it begins with the name of a field or of a resource.
  const absl::string_view word = absl::string_view(text).substr(0, text.find_first_of(" ."));
  if (std::all_of(word.begin(), word.end(), absl::ascii_islower)) text[0] = absl::ascii_toupper(text[0]);
  return text;
}

// Leaves the cause of an error for the log; a refusal of too many calls says when to come again.
Response Caused(const absl::Status& status, absl::Time now, Response response) {
  response.cause = status;
  if (HttpStatusOf(status) != 429) return response;
  AddRateLimitFields(status, now, response);
  response.fields.emplace_back("Retry-After", RetryAfter(status));
  return response;
}

// A 401 says how to prove who one is (RFC 9110 section 15.5.2).
Response Challenged(absl::string_view challenge, Response response) {
  if (response.status == 401) response.fields.emplace_back("WWW-Authenticate", challenge);
  return response;
}

Response WithBackendStatus(int status, Response response) {
  response.outcome = status;
  response.fields.emplace_back("X-Cpcli-Backend-Status", absl::StrCat(status));
  response.fields.emplace_back("X-Cpcli-Backend-Mediatype", "application/json");
  return response;
}

}  // namespace

Response SapJson(int status, const Json& json) {
  return {.status = status,
          .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          // Replaces what is not UTF-8, where the default is to throw.
          .body = json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Response SapRestError(int status, absl::string_view error, absl::string_view description) {
  return Challenged(R"(Bearer realm="signet", error="invalid_token")",
                    SapJson(status, {{"error", std::string(error)}, {"error_description", std::string(description)}}));
}

Response SapRestAnswer(const absl::StatusOr<Json>& outcome, absl::Time now) {
  if (outcome.ok()) return SapJson(200, *outcome);
  const int code = HttpStatusOf(outcome.status());
  return Caused(outcome.status(), now, SapRestError(code, ErrorNameOf(code), TextOf(outcome.status(), code)));
}

// A session is a bearer token, which a login gives.
Response SapError(int status, absl::string_view error) {
  return Challenged(R"(Bearer realm="signet")", SapJson(status, {{"error", std::string(error)}}));
}

Response SapErrorOf(const absl::Status& status, absl::Time now) {
  const int code = HttpStatusOf(status);
  return Caused(status, now, SapError(code, TextOf(status, code)));
}

Response SapCommandAnswer(const absl::StatusOr<Json>& outcome, absl::Time now) {
  if (outcome.ok()) return WithBackendStatus(200, SapJson(200, *outcome));
  const int code = HttpStatusOf(outcome.status());
  return Caused(outcome.status(), now, SapCommandError(code, TextOf(outcome.status(), code)));
}

Response SapCommandError(int backend_status, absl::string_view error) {
  return WithBackendStatus(backend_status, SapError(200, error));
}

}  // namespace signet::http
