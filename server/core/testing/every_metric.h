#ifndef SIGNET_SERVER_CORE_TESTING_EVERY_METRIC_H_
#define SIGNET_SERVER_CORE_TESTING_EVERY_METRIC_H_

#include "absl/time/time.h"
#include "server/core/metrics.h"

namespace signet::core {

// Has everything happen once that `metrics` can tell of, so that it exposes each metric with each of its labels.
inline void RecordEveryMetric(Metrics& metrics) {
  metrics.RecordRpc("signet.v1.KeyService/SignToken", "OK", absl::Seconds(1));
  metrics.RecordHttp({.method = "GET", .route = "/livez", .scheme = "https", .status = 200}, absl::Seconds(1));
  metrics.RecordSignature("ES256", "ok", absl::Seconds(1));
  metrics.RecordPlannedStep("rotate", "ok");
  metrics.RecordAuthenticationFailure("TOKEN_EXPIRED");
  for (int i = 0; i <= static_cast<int>(Watched::kCertificateReloadFailures); ++i) {
    metrics.Watch(static_cast<Watched>(i), "value", [] { return 1; });
  }
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_EVERY_METRIC_H_
