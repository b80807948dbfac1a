#include "server/http/responder.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/http/testing/backend_parts.h"

namespace signet::http {
namespace {

std::string Field(const Response& response, const std::string& name) {
  for (const auto& [field_name, value] : response.fields) {
    if (field_name == name) return value;
  }
  return "";
}

class ResponderTest : public testing::Test {
 protected:
  Response Send(const Request& request) {
    Response answered;
    responder_.Respond(request, [&answered](Response response) { answered = std::move(response); });
    return answered;
  }
  Response Get(const std::string& target, Fields more_fields = {}) {
    more_fields.emplace_back("Host", "signet.example");
    return Send({.method = "GET", .target = target, .fields = std::move(more_fields)});
  }

  // How many requests were measured as that; `suffix` and `more_labels` are for buckets. -1 if the series does not exist.
  int Measured(absl::string_view method, absl::string_view status, absl::string_view route, absl::string_view suffix = "count",
               absl::string_view more_labels = "") {
    const std::string series = absl::StrCat(
        "http_server_request_duration_seconds_", suffix, "{http_request_method=\"", method, "\",http_response_status_code=\"",
        status, "\"", route.empty() ? "" : absl::StrCat(",http_route=\"", route, "\""), ",url_scheme=\"https\"", more_labels, "} ");
    const std::string text = metrics_.Expose();
    const size_t at = text.find(series);
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + series.size()));
  }

  BackendParts parts_;
  core::Metrics& metrics_ = parts_.metrics;
  RecordingLogger& logger_ = parts_.logger;
  Responder responder_ = Responder(parts_.backend, Serving());
};

TEST_F(ResponderTest, EveryResponseHasTheDateAndForbidsSniffing) {
  for (const char* target : {"/livez", "/nothing", "/t/acme/.well-known/jwks.json"}) {
    const Response response = Get(target);
    EXPECT_EQ(Field(response, "Date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    EXPECT_EQ(Field(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(Field(response, "Server"), "");
  }
}

TEST_F(ResponderTest, ARequestIdIsGivenBack) {
  for (const std::string& id : {std::string("req-1"), std::string("a b"), std::string(40, '~')}) {
    EXPECT_EQ(Field(Get("/livez", {{"x-request-id", id}}), "X-Request-Id"), id);
  }
}

TEST_F(ResponderTest, ACorrelationIdOfSapsClientsIsTheRequestId) {
  EXPECT_EQ(Field(Get("/livez", {{"X-Correlationid", "correlation"}}), "X-Request-Id"), "correlation");
  EXPECT_EQ(Field(Get("/livez", {{"X-Correlationid", "correlation"}, {"X-Request-Id", "request"}}), "X-Request-Id"), "request");
}

TEST_F(ResponderTest, ARequestIdThatIsMissingOrUnfitIsReplaced) {
  const std::string first = Field(Get("/livez"), "X-Request-Id");
  EXPECT_EQ(first.size(), 36u);
  EXPECT_NE(first, Field(Get("/livez"), "X-Request-Id"));
  for (const std::string& id :
       {std::string(), std::string(41, 'a'), std::string("a\tb"), std::string("\xc3\xa9"), std::string("a\x7f")}) {
    EXPECT_EQ(Field(Get("/livez", {{"X-Request-Id", id}}), "X-Request-Id").size(), 36u) << id;
  }
  EXPECT_EQ(Field(Get("/livez", {{"X-Request-Id", "a"}, {"X-Request-Id", "b"}}), "X-Request-Id").size(), 36u);
}

TEST_F(ResponderTest, ARequestIsLoggedWithItsRouteAndNotItsPath) {
  Get("/t/acme/.well-known/jwks.json?secret", {{"X-Request-Id", "req-1"}});
  const auto line = logger_.WaitFor("http request");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->level, LogLevel::kInfo);
  EXPECT_EQ(line->Text("method"), "GET");
  EXPECT_EQ(line->Text("route"), "/t/{tenant}/.well-known/jwks.json");
  EXPECT_EQ(line->Text("tenant"), "acme");
  EXPECT_EQ(line->Text("request_id"), "req-1");
  EXPECT_EQ(line->Number("status"), 200);
  EXPECT_GE(std::get<double>(line->fields.at("duration_ms")), 0);
}

TEST_F(ResponderTest, AProbeIsLoggedAtDebug) {
  Get("/readyz");
  const auto line = logger_.WaitFor("http request");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->level, LogLevel::kDebug);
}

TEST_F(ResponderTest, RequestsAreMeasuredByMethodRouteStatusAndScheme) {
  Get("/t/acme/.well-known/jwks.json");
  Get("/t/nobody/.well-known/jwks.json");
  Get("/made-up");
  responder_.NoteMalformed(400);
  EXPECT_EQ(Measured("GET", "200", "/t/{tenant}/.well-known/jwks.json"), 1);
  EXPECT_EQ(Measured("GET", "404", "/t/{tenant}/.well-known/jwks.json"), 1);
  EXPECT_EQ(Measured("GET", "404", ""), 1);
  EXPECT_EQ(Measured("_OTHER", "400", ""), 1);
  EXPECT_EQ(metrics_.Expose().find("made-up"), std::string::npos);
}

TEST_F(ResponderTest, MethodsThatARouteDoesNotTakeMakeNoSeriesOfEachRoute) {
  for (const char* target : {"/livez", "/readyz", "/t/acme/.well-known/jwks.json"}) {
    for (const char* method : {"DELETE", "PROPFIND", "DELETE"})
      Send({.method = method, .target = target, .fields = {{"Host", "x"}}});
  }
  EXPECT_EQ(Measured("DELETE", "405", ""), 6);
  EXPECT_EQ(Measured("_OTHER", "405", ""), 3);
  EXPECT_EQ(metrics_.Expose().find("http_route"), std::string::npos);
  EXPECT_EQ(logger_.lines().back().Text("route"), "/t/{tenant}/.well-known/jwks.json");
}

TEST_F(ResponderTest, TheDurationBeginsWhenTheRequestHadBeenRead) {
  Send({.method = "GET",
        .target = "/livez",
        .fields = {{"Host", "x"}},
        .arrival = std::chrono::steady_clock::now() - std::chrono::seconds(6)});
  EXPECT_EQ(Measured("GET", "200", "/livez", "bucket", ",le=\"5\""), 0);
  EXPECT_EQ(Measured("GET", "200", "/livez"), 1);
  EXPECT_GE(std::get<double>(logger_.lines().back().fields.at("duration_ms")), 6000);
}

TEST_F(ResponderTest, WorkThatWaitedTooLongIsNotBegun) {
  Request request = {.method = "POST",
                     .target = "/t/acme/oauth/revoke",
                     .fields = {{"Host", "x"}, {"Content-Type", "application/x-www-form-urlencoded"}}};
  request.body = Secret("token=t&client_id=ci&client_secret=correct");
  parts_.token_endpoint.Hold();
  // Each worker has one to work on; the last waits.
  std::array<Response, BackendParts::kWorkers + 1> answers;
  std::atomic<size_t> answered = 0;
  for (Response& answer : answers) {
    if (&answer == &answers.back()) request.arrival -= absl::ToChronoNanoseconds(Responder::kPatience + absl::Seconds(1));
    responder_.Respond(request, [&answer, &answered](Response response) {
      answer = std::move(response);
      ++answered;
    });
  }
  ASSERT_TRUE(parts_.token_endpoint.WaitForCalls(BackendParts::kWorkers));
  // What the clock shows does not count.
  parts_.clock.Advance(absl::Hours(-1));
  parts_.token_endpoint.Release();
  parts_.token_executor.Shutdown();
  EXPECT_EQ(answered, answers.size());
  for (int i = 0; i < BackendParts::kWorkers; ++i) EXPECT_EQ(answers[i].status, 200);
  EXPECT_EQ(answers.back().status, 503);
  EXPECT_EQ(parts_.token_endpoint.calls().size(), BackendParts::kWorkers);
  EXPECT_EQ(Measured("POST", "503", "/t/{tenant}/oauth/revoke"), 1);
}

// HangingEndpoint hangs in the HSM when it is asked for a token, until it is let go.
class HangingEndpoint final : public TokenEndpoint {
 public:
  core::OAuthResult<core::AccessToken> IssueToken(const keystore::TenantId&, const core::TokenRequest&, int worker) override {
    executor.mark(worker).BeginCall();
    let_go.get_future().wait();
    executor.mark(worker).EndCall();
    return core::AccessToken{};
  }
  core::OAuthResult<std::string> Introspect(const keystore::TenantId&, const core::ClientEvidence&, absl::string_view) override {
    return std::string("{}");
  }
  core::OAuthResult<std::monostate> Revoke(const keystore::TenantId&, const core::ClientEvidence&, absl::string_view) override {
    return std::monostate();
  }

  std::promise<void> let_go;
  core::Executor executor{{.workers = 1, .queue_limit = 4, .spares = 1, .call_timeout = absl::Milliseconds(20)}};
};

TEST_F(ResponderTest, WorkThatHangsInTheHsmIsAnsweredOnceWithTheAnswerForAServerThatCannot) {
  HangingEndpoint endpoint;
  const HttpBackend backend = {.directory = parts_.tenants.directory(),
                               .health = parts_.health,
                               .metrics = parts_.metrics,
                               .logger = parts_.logger,
                               .clock = parts_.clock,
                               .random = parts_.random,
                               .authenticator = parts_.authenticator,
                               .rate_limiter = parts_.rate_limiter,
                               .token_endpoint = endpoint,
                               .token_executor = endpoint.executor,
                               .public_url = parts_.backend.public_url};
  Responder responder(backend, Serving());
  Request request = {.method = "POST",
                     .target = "/t/acme/oauth/token",
                     .fields = {{"Host", "x"}, {"Content-Type", "application/x-www-form-urlencoded"}}};
  request.body = Secret("grant_type=client_credentials&client_id=ci&client_secret=correct");
  std::promise<Response> answer;
  responder.Respond(request, [&answer](Response response) { answer.set_value(std::move(response)); });
  EXPECT_EQ(answer.get_future().get().status, 503);
  const auto line = logger_.WaitFor("http request");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->Text("reason"), "HSM_UNAVAILABLE");
  endpoint.let_go.set_value();
  endpoint.executor.Shutdown();
  while (endpoint.executor.hanging_workers() > 0) std::this_thread::yield();
}

}  // namespace
}  // namespace signet::http
