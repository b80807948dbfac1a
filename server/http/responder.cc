#include "server/http/responder.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::http {
namespace {

constexpr size_t kMaxRequestIdSize = 128;

std::string RequestIdOf(const Request& request, Random& random) {
  const std::vector<absl::string_view> ids = FieldValues(request, "X-Request-Id");
  if (ids.size() == 1 && !ids[0].empty() && ids[0].size() <= kMaxRequestIdSize &&
      std::all_of(ids[0].begin(), ids[0].end(), [](unsigned char c) { return absl::ascii_isprint(c); })) {
    return std::string(ids[0]);
  }
  return NewUuid(random);
}

bool IsProbe(absl::string_view route) { return route == "/livez" || route == "/readyz" || route == "/metrics"; }

}  // namespace

Response Responder::Respond(const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  RoutedResponse routed = Route(backend_, routes_, request);
  std::string request_id = RequestIdOf(request, backend_.random);

  backend_.metrics.RecordHttp(routed.route, routed.response.status);
  std::vector<LogField> log_fields = {
      {"method", request.method},
      {"route", std::string(routed.route)},
      {"status", int64_t{routed.response.status}},
      {"duration_ms", std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count()},
      {"request_id", request_id}};
  if (!routed.tenant.empty()) log_fields.emplace_back("tenant", routed.tenant);
  backend_.logger.Log(IsProbe(routed.route) ? LogLevel::kDebug : LogLevel::kInfo, "http request", log_fields);

  Response& response = routed.response;
  response.fields.emplace_back("Date", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", backend_.clock.Now(), absl::UTCTimeZone()));
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  response.fields.emplace_back("X-Request-Id", std::move(request_id));
  return std::move(response);
}

void Responder::NoteMalformed() {
  backend_.metrics.RecordHttp("malformed", 400);
  backend_.logger.Log(LogLevel::kDebug, "http request malformed");
}

void Responder::NoteConnectionError(const std::string& error) {
  backend_.logger.Log(LogLevel::kDebug, "http connection failed", {{"error", error}});
}

}  // namespace signet::http
