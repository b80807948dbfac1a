#include "server/core/metrics.h"

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/testing/every_metric.h"

namespace signet::core {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, MeasuresCallsByMethodAndStatus) {
  Metrics metrics("1.0");
  metrics.RecordRpc("KeyService/Sign", "OK", absl::Microseconds(200));
  metrics.RecordRpc("KeyService/Sign", "OK", absl::Seconds(20));
  metrics.RecordRpc("KeyService/Sign", "NOT_FOUND", absl::Microseconds(90));
  const std::string text = metrics.Expose();
  const auto series = [](const std::string& suffix, const std::string& status, const std::string& more = "") {
    return "grpc_server_call_duration_seconds_" + suffix + "{grpc_method=\"KeyService/Sign\",grpc_status=\"" + status + "\"" +
           more + "} ";
  };
  EXPECT_THAT(text, HasSubstr(series("count", "OK") + "2\n"));
  EXPECT_THAT(text, HasSubstr(series("count", "NOT_FOUND") + "1\n"));
  EXPECT_THAT(text, HasSubstr(series("bucket", "OK", ",le=\"0.0001\"") + "0\n"));
  EXPECT_THAT(text, HasSubstr(series("bucket", "OK", ",le=\"0.00025\"") + "1\n"));
  EXPECT_THAT(text, HasSubstr(series("bucket", "OK", ",le=\"10\"") + "1\n"));
  EXPECT_THAT(text, HasSubstr(series("bucket", "NOT_FOUND", ",le=\"0.0001\"") + "1\n"));
}

TEST(Metrics, MeasuresHttpRequestsByMethodRouteStatusAndScheme) {
  Metrics metrics("1.0");
  metrics.RecordHttp({.method = "GET", .route = "/jwks", .scheme = "https", .status = 200}, absl::Milliseconds(20));
  metrics.RecordHttp({.method = "GET", .route = "/jwks", .scheme = "https", .status = 200}, absl::Seconds(20));
  metrics.RecordHttp({.method = "GET", .route = "", .scheme = "http", .status = 404}, absl::Milliseconds(20));
  const std::string text = metrics.Expose();
  const std::string found = R"({http_request_method="GET",http_response_status_code="200",http_route="/jwks",url_scheme="https")";
  EXPECT_THAT(text, HasSubstr("http_server_request_duration_seconds_count" + found + "} 2\n"));
  EXPECT_THAT(text, HasSubstr(R"(_count{http_request_method="GET",http_response_status_code="404",url_scheme="http"} 1)"));
  // The buckets that the semantic conventions recommend.
  for (const char* bound : {"0.005", "0.01"}) {
    EXPECT_THAT(text, HasSubstr("http_server_request_duration_seconds_bucket" + found + ",le=\"" + bound + "\"} 0\n"));
  }
  for (const char* bound : {"0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5", "10"}) {
    EXPECT_THAT(text, HasSubstr("http_server_request_duration_seconds_bucket" + found + ",le=\"" + bound + "\"} 1\n"));
  }
}

TEST(Metrics, AnHttpMethodThatIsNotStandardIsOther) {
  Metrics metrics("1.0");
  for (const char* method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "PROPFIND", ""}) {
    metrics.RecordHttp({.method = method, .route = "", .scheme = "https", .status = 404}, absl::ZeroDuration());
  }
  const std::string text = metrics.Expose();
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("_count{http_request_method=\"", method, "\",http_response_status_code=\"404\"")));
  }
  EXPECT_THAT(text, HasSubstr("_count{http_request_method=\"_OTHER\",http_response_status_code=\"404\",url_scheme=\"https\"} 3\n"));
}

TEST(Metrics, CountsSignatures) {
  Metrics metrics("1.0");
  metrics.RecordSignature("ES256", "ok", absl::Microseconds(70));
  metrics.RecordSignature("ES256", "error", absl::Seconds(1));
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("signet_signatures_total{algorithm=\"ES256\",outcome=\"ok\"} 1\n"),
                                      HasSubstr("signet_signatures_total{algorithm=\"ES256\",outcome=\"error\"} 1\n"),
                                      HasSubstr("signet_hsm_sign_duration_seconds_count 2\n")));
}

TEST(Metrics, AsksForWatchedValuesAtEachExposition) {
  Metrics metrics("1.0");
  double depth = 3;
  bool ready = false;
  metrics.Watch(Watched::kQueueDepth, "signing", [&depth] { return depth; });
  metrics.Watch(Watched::kQueueDepth, "admin", [] { return 7.0; });
  metrics.Watch(Watched::kReady, [&ready] { return ready; });
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("signet_queue_depth{queue=\"signing\"} 3\n"),
                                      HasSubstr("signet_queue_depth{queue=\"admin\"} 7\n"), HasSubstr("signet_ready 0\n")));
  depth = 0;
  ready = true;
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("signet_queue_depth{queue=\"signing\"} 0\n"), HasSubstr("signet_ready 1\n")));
}

TEST(Metrics, AWatchedMetricIsExposedByItsTypeAndLabelOnceThereIsSomebodyToAsk) {
  Metrics metrics("1.0");
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("# TYPE signet_hsm_sessions gauge\n"), Not(HasSubstr("\nsignet_hsm_sessions "))));
  double sessions = 2;
  metrics.Watch(Watched::kHsmSessions, [&sessions] { return sessions; });
  metrics.Watch(Watched::kHsmRecoveries, "ok", [] { return 4.0; });
  metrics.Watch(Watched::kHsmRecoveries, "error", [] { return 5.0; });
  EXPECT_THAT(metrics.Expose(),
              AllOf(HasSubstr("\nsignet_hsm_sessions 2\n"), HasSubstr("signet_hsm_recoveries_total{outcome=\"ok\"} 4\n"),
                    HasSubstr("signet_hsm_recoveries_total{outcome=\"error\"} 5\n")));
  metrics.Watch(Watched::kHsmSessions, [] { return 9.0; });
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("\nsignet_hsm_sessions 9\n"), Not(HasSubstr("\nsignet_hsm_sessions 2\n"))));
}

TEST(Metrics, CountsFailuresToAuthenticateByReason) {
  Metrics metrics("1.0");
  metrics.RecordAuthenticationFailure("TOKEN_EXPIRED");
  metrics.RecordAuthenticationFailure("TOKEN_EXPIRED");
  EXPECT_THAT(metrics.Expose(), HasSubstr("signet_authentication_failures_total{reason=\"TOKEN_EXPIRED\"} 2\n"));
}

TEST(Metrics, TheBucketsOfAnHsmsLatencyReachFrom50MicrosecondsTo10Seconds) {
  Metrics metrics("1.0");
  metrics.RecordSignature("ES256", "ok", absl::Microseconds(49));
  metrics.RecordSignature("ES256", "ok", absl::Seconds(10));
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("signet_hsm_sign_duration_seconds_bucket{le=\"5e-05\"} 1\n"),
                                      HasSubstr("signet_hsm_sign_duration_seconds_bucket{le=\"10\"} 2\n")));
}

TEST(Metrics, EveryFamilyIsExposedFromTheBeginningAndDocumentedInTheHeader) {
  std::ifstream file("server/core/metrics.h");
  const std::string header((std::istreambuf_iterator<char>(file)), {});
  std::set<std::string> documented;
  const std::regex line("\n//   ([a-z_]+)(\\{[^}]*\\})? +(counter|gauge|histogram)");
  for (std::sregex_iterator it(header.begin(), header.end(), line), end; it != end; ++it) {
    documented.insert(it->str(1) + " " + it->str(3));
  }
  std::set<std::string> exposed;
  const std::string text = Metrics("1.0").Expose();
  const std::regex type("# TYPE ([a-z_]+ [a-z]+)\n");
  for (std::sregex_iterator it(text.begin(), text.end(), type), end; it != end; ++it) exposed.insert(it->str(1));
  EXPECT_EQ(exposed, documented);
  EXPECT_GT(exposed.size(), 25u);
}

TEST(Metrics, EverySeriesHasTheLabelsThatTheHeaderDocuments) {
  std::ifstream file("server/core/metrics.h");
  const std::string header((std::istreambuf_iterator<char>(file)), {});
  std::map<std::string, std::set<std::string>> documented;
  const std::regex line("\n//   ([a-z_]+)(\\{([^}]*)\\})? +(counter|gauge|histogram)");
  for (std::sregex_iterator it(header.begin(), header.end(), line), end; it != end; ++it) {
    documented[it->str(1) + (it->str(4) == "histogram" ? "_count" : "")] =
        absl::StrSplit(it->str(3), absl::ByAnyChar(",…"), absl::SkipEmpty());
  }
  Metrics metrics("1.0");
  RecordEveryMetric(metrics);
  std::map<std::string, std::set<std::string>> exposed;
  const std::string text = metrics.Expose();
  const std::regex series("\n([a-z_]+)(\\{.*\\})? ");
  for (std::sregex_iterator it(text.begin(), text.end(), series), end; it != end; ++it) {
    if (absl::EndsWith(it->str(1), "_bucket") || absl::EndsWith(it->str(1), "_sum")) continue;
    std::set<std::string>& labels = exposed[it->str(1)];
    const std::string pairs = it->str(2);
    const std::regex label("([a-z_]+)=\"");
    for (std::sregex_iterator pair(pairs.begin(), pairs.end(), label); pair != end; ++pair) labels.insert(pair->str(1));
  }
  EXPECT_EQ(exposed, documented);
}

// Those of OpenTelemetry's Prometheus exporter: first the unit, then what only a counter has.
TEST(Metrics, NamesEndWithTheirUnitAndACountersWithTotal) {
  const std::string text = Metrics("1.0").Expose();
  const std::regex type("# TYPE ([a-z_]+) ([a-z]+)\n");
  for (std::sregex_iterator it(text.begin(), text.end(), type), end; it != end; ++it) {
    const std::string name = it->str(1);
    EXPECT_EQ(absl::EndsWith(name, "_total"), it->str(2) == "counter") << name;
    EXPECT_TRUE(it->str(2) != "histogram" || absl::EndsWith(name, "_duration_seconds")) << name;
    const std::string without_type = std::string(absl::StripSuffix(name, "_total"));
    for (const char* unit : {"_seconds", "_bytes"}) {
      EXPECT_EQ(absl::StrContains(without_type, unit), absl::EndsWith(without_type, unit)) << name;
    }
  }
}

TEST(Metrics, AWatchedValueMayRecordAMetric) {
  Metrics metrics("1.0");
  metrics.Watch(Watched::kReady, [&metrics] {
    metrics.RecordAuthenticationFailure("TOKEN_EXPIRED");
    return 1;
  });
  EXPECT_THAT(metrics.Expose(), HasSubstr("signet_authentication_failures_total{reason=\"TOKEN_EXPIRED\"} 1\n"));
}

TEST(Metrics, NamesTheReleaseAndExplainsEachMetric) {
  const std::string text = Metrics("2.3-rc1", {{"grpc_version", "1.51.1"}}).Expose();
  EXPECT_THAT(text, HasSubstr("signet_build_info{grpc_version=\"1.51.1\",version=\"2.3-rc1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("# HELP signet_hsm_sign_duration_seconds "));
  EXPECT_THAT(text, HasSubstr("# TYPE signet_hsm_sign_duration_seconds histogram\n"));
}

TEST(Metrics, EscapesLabelValuesSoThatTheTextStaysWellFormed) {
  Metrics metrics("1\"\n\\0");
  EXPECT_THAT(metrics.Expose(),
              AllOf(HasSubstr("signet_build_info{version=\"1\\\"\\n\\\\0\"} 1\n"), Not(HasSubstr("version=\"1\"\n"))));
}

TEST(Metrics, LosesNoCountWhenThreadsRecordWhileItIsExposed) {
  Metrics metrics("1.0");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i) metrics.RecordRpc("m", "OK", absl::Milliseconds(1));
    });
  }
  for (int i = 0; i < 20; ++i) metrics.Expose();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Expose(), HasSubstr("grpc_server_call_duration_seconds_count{grpc_method=\"m\",grpc_status=\"OK\"} 4000\n"));
}

}  // namespace
}  // namespace signet::core
