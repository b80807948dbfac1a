#include "server/core/metrics.h"

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, CountsCallsByMethodAndCodeAndTheirDurationByMethod) {
  Metrics metrics("1.0");
  metrics.RecordRpc("KeyService/Sign", "OK", absl::Microseconds(200));
  metrics.RecordRpc("KeyService/Sign", "OK", absl::Seconds(20));
  metrics.RecordRpc("KeyService/Sign", "NOT_FOUND", absl::Microseconds(90));
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("signet_rpc_requests_total{code=\"OK\",method=\"KeyService/Sign\"} 2\n"),
                                      HasSubstr("signet_rpc_requests_total{code=\"NOT_FOUND\",method=\"KeyService/Sign\"} 1\n"),
                                      HasSubstr("signet_rpc_duration_seconds_bucket{method=\"KeyService/Sign\",le=\"0.0001\"} 1\n"),
                                      HasSubstr("signet_rpc_duration_seconds_bucket{method=\"KeyService/Sign\",le=\"10\"} 2\n"),
                                      HasSubstr("signet_rpc_duration_seconds_count{method=\"KeyService/Sign\"} 3\n")));
}

TEST(Metrics, CountsHttpRequestsAndSignatures) {
  Metrics metrics("1.0");
  metrics.RecordHttp("jwks", 200);
  metrics.RecordHttp("jwks", 404);
  metrics.RecordSignature("ES256", "ok", absl::Microseconds(70));
  metrics.RecordSignature("ES256", "error", absl::Seconds(1));
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("signet_http_requests_total{code=\"200\",route=\"jwks\"} 1\n"),
                                      HasSubstr("signet_http_requests_total{code=\"404\",route=\"jwks\"} 1\n"),
                                      HasSubstr("signet_signatures_total{algorithm=\"ES256\",outcome=\"ok\"} 1\n"),
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

TEST(Metrics, AWatchedValueMayRecordAMetric) {
  Metrics metrics("1.0");
  metrics.Watch(Watched::kReady, [&metrics] {
    metrics.RecordHttp("probe", 200);
    return 1;
  });
  EXPECT_THAT(metrics.Expose(), HasSubstr("signet_http_requests_total{code=\"200\",route=\"probe\"} 1\n"));
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
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i) metrics.RecordRpc("m", "OK", absl::Milliseconds(1));
    });
  }
  for (int i = 0; i < 20; ++i) metrics.Expose();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Expose(), HasSubstr("signet_rpc_requests_total{code=\"OK\",method=\"m\"} 4000\n"));
}

}  // namespace
}  // namespace signet::core
