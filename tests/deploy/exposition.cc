// Writes what a server exposes to Prometheus once everything has happened: each metric, with each of its labels.
#include <iostream>

#include "server/core/metrics.h"

int main() {
  using signet::core::Watched;
  signet::core::Metrics metrics("1.0", {{"grpc_version", "1.0"}, {"openssl_version", "1.0"}});
  metrics.RecordRpc("signet.v1.KeyService/SignToken", "OK", absl::Milliseconds(1));
  metrics.RecordHttp({.method = "GET", .route = "/livez", .scheme = "http", .status = 200}, absl::Milliseconds(1));
  metrics.RecordSignature("ES256", "ok", absl::Milliseconds(1));
  metrics.RecordPlannedStep("rotate", "ok");
  metrics.RecordAuthenticationFailure("TOKEN_EXPIRED");
  for (int i = 0; i <= static_cast<int>(Watched::kCertificateReloadFailures); ++i) {
    metrics.Watch(static_cast<Watched>(i), "value", [] { return 1; });
  }
  std::cout << metrics.Expose();
}
