#include "server/http/http_message.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"

namespace signet::http {

std::vector<absl::string_view> FieldValues(const Request& request, absl::string_view name) {
  std::vector<absl::string_view> values;
  for (const auto& [field_name, value] : request.fields) {
    if (absl::EqualsIgnoreCase(field_name, name)) values.push_back(value);
  }
  return values;
}

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";  // The phrase may be empty (RFC 9112 section 4).
  }
}

Response Problem(int status, absl::string_view reason, absl::string_view detail) {
  const nlohmann::ordered_json problem = {
      {"type", "about:blank"},
      {"title", std::string(ReasonPhrase(status))},
      {"status", status},
      {"detail", std::string(detail)},
      {"reason", std::string(reason)},
  };
  return Response{.status = status,
                  .fields = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
                  .body = problem.dump() + "\n"};
}

}  // namespace signet::http
