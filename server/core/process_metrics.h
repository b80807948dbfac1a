#ifndef SIGNET_SERVER_CORE_PROCESS_METRICS_H_
#define SIGNET_SERVER_CORE_PROCESS_METRICS_H_

#include <vector>

#include "prometheus/metric_family.h"

namespace signet::core {

// Returns what Prometheus' client libraries say of every process, which prometheus-cpp does not, by the names that all of them use:
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics. Read from the kernel, now; what it does not tell is
// left out. Thread-safe.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PROCESS_METRICS_H_
