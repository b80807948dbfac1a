#include "server/http/responder.h"

#include <gtest/gtest.h>

#include <string>

#include "base/fake_clock.h"
#include "base/recording_logger.h"
#include "server/http/testing/published_tenants.h"

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
  Response Get(const std::string& target, Fields more_fields = {}) {
    more_fields.emplace_back("Host", "signet.example");
    return responder_.Respond({.method = "GET", .target = target, .fields = std::move(more_fields)});
  }

  PublishedTenants tenants_;
  core::Health health_;
  core::Metrics metrics_{"1.2.3"};
  RecordingLogger logger_;
  FakeClock clock_;
  SystemRandom random_;
  Responder responder_ = Responder({.directory = tenants_.directory(),
                                    .health = health_,
                                    .metrics = metrics_,
                                    .logger = logger_,
                                    .clock = clock_,
                                    .random = random_,
                                    .public_url = kPublicUrl},
                                   RouteSet::kPublic);
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
  for (const std::string& id : {std::string("req-1"), std::string("a b"), std::string(128, '~')}) {
    EXPECT_EQ(Field(Get("/livez", {{"x-request-id", id}}), "X-Request-Id"), id);
  }
}

TEST_F(ResponderTest, ARequestIdThatIsMissingOrUnfitIsReplaced) {
  const std::string first = Field(Get("/livez"), "X-Request-Id");
  EXPECT_EQ(first.size(), 36u);
  EXPECT_NE(first, Field(Get("/livez"), "X-Request-Id"));
  for (const std::string& id :
       {std::string(), std::string(129, 'a'), std::string("a\tb"), std::string("\xc3\xa9"), std::string("a\x7f")}) {
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

TEST_F(ResponderTest, RequestsAreCountedByRouteAndCode) {
  Get("/t/acme/.well-known/jwks.json");
  Get("/t/nobody/.well-known/jwks.json");
  Get("/made-up");
  responder_.NoteMalformed();
  const std::string metrics = metrics_.Expose();
  EXPECT_NE(metrics.find("signet_http_requests_total{code=\"200\",route=\"/t/{tenant}/.well-known/jwks.json\"} 1"),
            std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("signet_http_requests_total{code=\"404\",route=\"/t/{tenant}/.well-known/jwks.json\"} 1"),
            std::string::npos);
  EXPECT_NE(metrics.find("signet_http_requests_total{code=\"404\",route=\"other\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("signet_http_requests_total{code=\"400\",route=\"malformed\"} 1"), std::string::npos);
  EXPECT_EQ(metrics.find("made-up"), std::string::npos);
}

}  // namespace
}  // namespace signet::http
