#include "server/main/watched_parts.h"

#include "absl/time/time.h"

namespace signet::server {

using core::Metrics;
using core::Watched;

void WatchQueue(Metrics& metrics, absl::string_view queue, const core::Executor& executor, int limit) {
  metrics.Watch(Watched::kQueueDepth, queue, [&executor] { return static_cast<double>(executor.queue_depth()); });
  metrics.Watch(Watched::kQueueLimit, queue, [limit] { return limit; });
  metrics.Watch(Watched::kHsmHungCalls, queue, [&executor] { return static_cast<double>(executor.hung_calls()); });
  metrics.Watch(Watched::kHsmHangingWorkers, queue, [&executor] { return executor.hanging_workers(); });
}

void WatchHsm(Metrics& metrics, const hsm::Hsm& hsm) {
  metrics.Watch(Watched::kHsmSessions, [&hsm] { return static_cast<double>(hsm.GetStatistics().open_sessions); });
  metrics.Watch(Watched::kHsmRecoveries, "ok", [&hsm] { return static_cast<double>(hsm.GetStatistics().recoveries); });
  metrics.Watch(Watched::kHsmRecoveries, "error", [&hsm] { return static_cast<double>(hsm.GetStatistics().failed_recoveries); });
}

void WatchKeyWrapper(Metrics& metrics, const hsm::KeyWrapper& wrapper) {
  const auto watch = [&](Watched metric, absl::string_view label, double (*value)(const hsm::WrappingStatistics&)) {
    metrics.Watch(metric, label, [&wrapper, value] { return value(wrapper.GetStatistics()); });
  };
  using Statistics = hsm::WrappingStatistics;
  watch(Watched::kUnwrappedKeys, "", [](const Statistics& s) { return static_cast<double>(s.unwrapped_keys); });
  watch(Watched::kUnwrappedKeyLookups, "hit", [](const Statistics& s) { return static_cast<double>(s.hits); });
  watch(Watched::kUnwrappedKeyLookups, "miss", [](const Statistics& s) { return static_cast<double>(s.misses); });
  watch(Watched::kUnwraps, "ok", [](const Statistics& s) { return static_cast<double>(s.unwraps - s.failures); });
  watch(Watched::kUnwraps, "error", [](const Statistics& s) { return static_cast<double>(s.failures); });
  watch(Watched::kUnwrapSeconds, "", [](const Statistics& s) { return absl::ToDoubleSeconds(s.unwrap_time); });
  watch(Watched::kUnwrappedKeyEvictions, "", [](const Statistics& s) { return static_cast<double>(s.evictions); });
}

void WatchListener(Metrics& metrics, absl::string_view listener, const http::HttpServer& server) {
  metrics.Watch(Watched::kConnections, listener, [&server] { return static_cast<double>(server.connection_counts().open); });
  metrics.Watch(Watched::kConnectionsAccepted, listener,
                [&server] { return static_cast<double>(server.connection_counts().accepted); });
  metrics.Watch(Watched::kAcceptErrors, listener,
                [&server] { return static_cast<double>(server.connection_counts().accept_errors); });
}

void WatchListener(Metrics& metrics, const rpc::GrpcServer& server) {
  metrics.Watch(Watched::kConnectionsAccepted, "grpc", [&server] { return static_cast<double>(server.accepted_connections()); });
  metrics.Watch(Watched::kConnectionsRefused, "grpc", [&server] { return static_cast<double>(server.refused_connections()); });
  metrics.Watch(Watched::kAcceptErrors, "grpc", [&server] { return static_cast<double>(server.accept_errors()); });
}

void WatchCertificate(Metrics& metrics, absl::string_view listener, const tls::CertificateFiles& certificate) {
  metrics.Watch(Watched::kCertificateReloads, listener, [&certificate] { return static_cast<double>(certificate.reloads()); });
  metrics.Watch(Watched::kCertificateReloadFailures, listener,
                [&certificate] { return static_cast<double>(certificate.reload_failures()); });
}

}  // namespace signet::server
