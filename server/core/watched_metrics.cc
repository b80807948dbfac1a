#include "server/core/watched_metrics.h"

namespace signet::core {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct Description {
  Watched metric;
  MetricType type;
  absl::string_view name;
  // Empty: it has none.
  absl::string_view label;
  absl::string_view help;
};

// In the order of Watched.
constexpr Description kDescriptions[] = {
    {Watched::kQueueDepth, MetricType::Gauge, "signet_queue_depth", "queue", "Tasks that wait for a thread, by queue."},
    {Watched::kQueueLimit, MetricType::Gauge, "signet_queue_limit", "queue", "Tasks that may wait for a thread, by queue."},
    {Watched::kReady, MetricType::Gauge, "signet_ready", "", "1 if traffic should come here, otherwise 0."},
    {Watched::kHsmServing, MetricType::Gauge, "signet_hsm_serving", "", "1 if the HSM answered when last asked, otherwise 0."},
    {Watched::kHsmSessions, MetricType::Gauge, "signet_hsm_sessions", "", "Sessions that are open on the token."},
    {Watched::kHsmRecoveries, MetricType::Counter, "signet_hsm_recoveries_total", "outcome",
     "Attempts to bring the token back, by outcome."},
    {Watched::kUnwrappedKeys, MetricType::Gauge, "signet_unwrapped_keys", "",
     "Keys of WRAPPED rings that are unwrapped in the HSM."},
    {Watched::kUnwrappedKeyLookups, MetricType::Counter, "signet_unwrapped_key_lookups_total", "outcome",
     "Signatures with keys of WRAPPED rings, by whether the key was unwrapped already."},
    {Watched::kUnwraps, MetricType::Counter, "signet_unwraps_total", "outcome", "Attempts to unwrap a key, by outcome."},
    {Watched::kUnwrapSeconds, MetricType::Counter, "signet_unwrap_seconds_total", "", "Time that attempts to unwrap a key took."},
    {Watched::kUnwrappedKeyEvictions, MetricType::Counter, "signet_unwrapped_key_evictions_total", "",
     "Unwrapped keys that made room for others."},
    {Watched::kHsmHungCalls, MetricType::Counter, "signet_hsm_hung_calls_total", "queue",
     "Calls that took so long that they count as hanging, by queue."},
    {Watched::kHsmHangingWorkers, MetricType::Gauge, "signet_hsm_abandoned_workers", "queue",
     "Workers whose call hangs now, by queue."},
    {Watched::kStoreServing, MetricType::Gauge, "signet_store_serving", "",
     "1 if the store answered when last asked, otherwise 0."},
    {Watched::kStoreAge, MetricType::Gauge, "signet_store_age_seconds", "",
     "Time since the store last confirmed what this server knows of keys."},
    {Watched::kStoreUnwritten, MetricType::Gauge, "signet_store_unwritten_seconds", "",
     "Time for which the store has not taken what keys sign; 0 while it does."},
    {Watched::kConnections, MetricType::Gauge, "signet_connections", "listener", "Connections that are open, by listener."},
    {Watched::kConnectionsAccepted, MetricType::Counter, "signet_connections_accepted_total", "listener",
     "Connections that were accepted, by listener."},
    {Watched::kConnectionsRefused, MetricType::Counter, "signet_connections_refused_total", "listener",
     "Connections that were closed at once, as there were too many, by listener."},
    {Watched::kAcceptErrors, MetricType::Counter, "signet_accept_errors_total", "listener",
     "Attempts to accept a connection that failed, by listener."},
    {Watched::kCertificateReloads, MetricType::Counter, "signet_certificate_reloads_total", "listener",
     "New TLS certificates that were taken over, by listener."},
    {Watched::kCertificateReloadFailures, MetricType::Counter, "signet_certificate_reload_failures_total", "listener",
     "Changed TLS certificates that could not be taken over, by listener."},
};

const Description& Describe(Watched metric) { return kDescriptions[static_cast<size_t>(metric)]; }

}  // namespace

void WatchedMetrics::Watch(Watched metric, absl::string_view label, Value value) {
  MutexLock lock(mutex_);
  values_[{metric, std::string(label)}] = std::move(value);
}

std::vector<MetricFamily> WatchedMetrics::Collect() const {
  std::map<std::pair<Watched, std::string>, Value> values;
  {
    MutexLock lock(mutex_);
    values = values_;
  }
  std::vector<MetricFamily> families;
  for (const Description& each : kDescriptions) {
    families.push_back({std::string(each.name), std::string(each.help), each.type, {}});
  }
  // Asked outside the lock: they take locks of their own.
  for (const auto& [key, value] : values) {
    const auto& [metric, label] = key;
    ClientMetric series;
    if (!Describe(metric).label.empty()) series.label = {{std::string(Describe(metric).label), label}};
    (Describe(metric).type == MetricType::Counter ? series.counter.value : series.gauge.value) = value();
    families[static_cast<size_t>(metric)].metric.push_back(std::move(series));
  }
  return families;
}

}  // namespace signet::core
