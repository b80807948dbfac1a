#include "server/http/responder.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "server/core/call_id.h"
#include "server/core/executor.h"
#include "server/core/job.h"
#include "server/http/http_date.h"
#include "server/http/routed_response.h"

namespace signet::http {
namespace {

std::string RequestIdOf(const Request& request, Random& random) {
  std::vector<absl::string_view> ids = FieldValues(request, "X-Request-Id");
  // As SAP's clients say it, which show it to their users when a call fails.
  if (ids.empty()) ids = FieldValues(request, "X-Correlationid");
  return core::ChooseCallId(ids.size() == 1 ? ids[0] : "", random);
}

// Of a method that the path does not take there is none: clients could make as many series as there are pairs of the two.
absl::string_view MeasuredRoute(absl::string_view route, int status) { return route == kNoRoute || status == 405 ? "" : route; }

bool IsProbe(absl::string_view route) { return route == "/livez" || route == "/readyz" || route == "/metrics"; }

}  // namespace

// Exchange is a request on its way to its answer.
struct Responder::Exchange {
  std::string method;
  std::string request_id;
  std::chrono::steady_clock::time_point start;
  RoutedResponse routed;
  Answer answer;
};

// Working is an exchange whose answer takes work. If that is given up, the answer is the one for when it cannot be done.
class Responder::Working final : public core::Job {
 public:
  Working(Responder& responder, Exchange exchange) : responder_(responder), exchange_(std::move(exchange)) {}

  void Run(int worker) override {
    std::optional<Response> response;
    if (std::chrono::steady_clock::now() - exchange_.start <= absl::ToChronoNanoseconds(kPatience)) {
      response = exchange_.routed.work.run(worker);
      Conclude(exchange_.method, *response);
    }
    // With it goes what it holds of the client's.
    exchange_.routed.work.run = nullptr;
    if (!Claim()) return;
    if (response) exchange_.routed.response = *std::move(response);
    responder_.End(exchange_);
  }
  bool Claim() override { return !answered_.exchange(true); }
  void GiveUp(const absl::Status& status) override {
    exchange_.routed.response.cause = status;
    responder_.End(exchange_);
  }
  Exchange& exchange() { return exchange_; }

 private:
  Responder& responder_;
  Exchange exchange_;
  std::atomic<bool> answered_ = false;
};

void Responder::Respond(const Request& request, Answer answer) {
  Exchange exchange = {.method = request.method,
                       .request_id = RequestIdOf(request, backend_.random),
                       .start = request.arrival,
                       .routed = Route(backend_, serving_, request),
                       .answer = std::move(answer)};
  core::Executor* const executor = exchange.routed.work.executor;
  if (executor == nullptr) return End(exchange);
  // Shared: the executor drops a job that it refuses, and that needs an answer too.
  const auto working = std::make_shared<Working>(*this, std::move(exchange));
  const absl::Status submitted = executor->Submit(working, working->exchange().routed.tenant);
  if (!submitted.ok()) End(working->exchange());
}

void Responder::End(Exchange& exchange) {
  RoutedResponse& routed = exchange.routed;
  const int status = routed.response.outcome.value_or(routed.response.status);
  const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - exchange.start);
  backend_.metrics.RecordHttp(
      {.method = exchange.method, .route = MeasuredRoute(routed.route, status), .scheme = serving_.scheme, .status = status},
      duration);
  std::vector<LogField> log_fields;
  // Of an initializer list each text would be copied once more.
  log_fields.reserve(8);
  log_fields.emplace_back("method", exchange.method);
  log_fields.emplace_back("route", std::string(routed.route));
  log_fields.emplace_back("status", int64_t{status});
  log_fields.emplace_back("duration_ms", absl::ToDoubleMilliseconds(duration));
  log_fields.emplace_back("request_id", exchange.request_id);
  if (!routed.tenant.empty()) log_fields.emplace_back("tenant", routed.tenant);
  if (const absl::Status& cause = routed.response.cause; !cause.ok()) {
    log_fields.emplace_back("error", std::string(cause.message()));
    if (std::string reason = GetReason(cause); !reason.empty()) log_fields.emplace_back("reason", std::move(reason));
  }
  const LogLevel level = IsProbe(routed.route) ? LogLevel::kDebug : LogLevel::kInfo;
  if (status >= 500) {
    // Of a fault nothing may be lost, whatever comes next.
    backend_.logger.Log(level, "http request", log_fields);
  } else {
    backend_.logger.LogSoon(level, "http request", log_fields);
  }

  Response& response = routed.response;
  response.fields.emplace_back("Date", FormatHttpDate(backend_.clock.Now()));
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  response.fields.emplace_back("X-Request-Id", std::move(exchange.request_id));
  exchange.answer(std::move(response));
}

void Responder::NoteMalformed(int status) {
  backend_.metrics.RecordHttp({.method = "", .route = "", .scheme = serving_.scheme, .status = status}, absl::ZeroDuration());
  backend_.logger.Log(LogLevel::kDebug, "http request malformed");
}

void Responder::NoteConnectionError(const std::string& error) {
  backend_.logger.Log(LogLevel::kDebug, "http connection failed", {{"error", error}});
}

}  // namespace signet::http
