// Writes what a server exposes to Prometheus once everything has happened.
#include <iostream>

#include "server/core/metrics.h"
#include "server/core/testing/every_metric.h"

int main() {
  signet::core::Metrics metrics("1.0", {{"grpc_version", "1.0"}, {"openssl_version", "1.0"}});
  signet::core::RecordEveryMetric(metrics);
  std::cout << metrics.Expose();
}
