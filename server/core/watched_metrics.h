#ifndef SIGNET_SERVER_CORE_WATCHED_METRICS_H_
#define SIGNET_SERVER_CORE_WATCHED_METRICS_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "prometheus/metric_family.h"

namespace signet::core {

// Watched is a metric whose value somebody else keeps, and is asked for at each exposition. metrics.h says what each one means; a
// new one is a line here, one in watched_metrics.cc and one there.
enum class Watched {
  kQueueDepth,
  kQueueLimit,
  kReady,
  kHsmServing,
  kHsmSessions,
  kHsmRecoveries,
  kUnwrappedKeys,
  kUnwrappedKeyLookups,
  kUnwraps,
  kUnwrapSeconds,
  kUnwrappedKeyEvictions,
  kHsmHungCalls,
  kHsmHangingWorkers,
  kStoreServing,
  kStoreAge,
  kStoreUnwritten,
  kConnections,
  kConnectionsAccepted,
  kConnectionsRefused,
  kAcceptErrors,
  kCertificateReloads,
  kCertificateReloadFailures,
};

// WatchedMetrics knows whom to ask for them. Thread-safe.
class WatchedMetrics {
 public:
  // Must be callable from any thread for as long as this object lives, and not wait for a store, an HSM or a network.
  using Value = std::function<double()>;

  // Has `value` asked for; instead of what was asked for the same metric and label before. `label` is the value of the metric's
  // label, from a fixed set; "" for a metric without one.
  void Watch(Watched metric, absl::string_view label, Value value);

  // Asks. Every metric is there, without a series while it is not watched.
  std::vector<prometheus::MetricFamily> Collect() const;

 private:
  mutable Mutex mutex_;
  std::map<std::pair<Watched, std::string>, Value> values_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_WATCHED_METRICS_H_
