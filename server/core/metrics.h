#ifndef SIGNET_SERVER_CORE_METRICS_H_
#define SIGNET_SERVER_CORE_METRICS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::core {

// Metrics counts what the server does, for Prometheus. Thread-safe; recording takes no lock that exposition holds for long.
// WARNING: every new label value is a series that stays: methods, routes and codes come from fixed sets, never from a caller.
//
//   signet_rpc_requests_total{method,code}             counter
//   signet_rpc_duration_seconds{method}                histogram
//   signet_http_requests_total{route,code}             counter
//   signet_signatures_total{algorithm,outcome}         counter; outcome "ok" or "error"
//   signet_hsm_sign_duration_seconds                   histogram
//   signet_planned_steps_total{action,outcome}         counter; actions of ring_maintenance.h and "destroy"; outcome "ok", "waits"
//   or "error" signet_scheduler_leads                             gauge, 1 in the replica that does what is planned
//   signet_queue_depth{queue}                          gauge, read at exposition; "signing" or "admin"
//   signet_ready                                       gauge, 0 or 1
//   signet_build_info{version}                         gauge, always 1
class Metrics {
 public:
  // `version` is the release, for signet_build_info.
  explicit Metrics(const std::string& version);
  ~Metrics();

  void RecordRpc(absl::string_view method, absl::string_view code, absl::Duration duration);
  void RecordHttp(absl::string_view route, int code);
  void RecordSignature(absl::string_view algorithm, absl::string_view outcome, absl::Duration duration);
  void RecordPlannedStep(absl::string_view action, absl::string_view outcome);
  void SetSchedulerLeads(bool leads);
  // Has `depth` asked at each exposition; it must stay callable for as long as this object lives.
  void WatchQueue(absl::string_view queue, std::function<double()> depth);
  void WatchReady(std::function<bool()> ready);

  // Returns the text format 0.0.4.
  std::string Expose() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_METRICS_H_
