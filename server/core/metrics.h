#ifndef SIGNET_SERVER_CORE_METRICS_H_
#define SIGNET_SERVER_CORE_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/core/watched_metrics.h"

namespace signet::core {

// Metrics counts what the server does, for Prometheus. Thread-safe; to record takes no lock and no memory once a series is known,
// but the histograms' own for the moment of an addition.
// WARNING: every new label value is a series that stays: methods, routes and statuses come from fixed sets, never from a caller.
//
// Calls and requests, named as gRPC (gRFC A66) and OpenTelemetry's semantic conventions name them, in the form of OpenTelemetry's
// Prometheus exporter; the _count of each histogram is how many there were:
//   grpc_server_call_duration_seconds{grpc_method,grpc_status}  histogram, from a call's arrival to its end: StreamSign and
//     WatchKeys count whole, for as long as their callers like. Health, reflection and methods that do not exist are left out
//   http_server_request_duration_seconds{http_request_method,http_route,http_response_status_code,url_scheme}  histogram, from when
//     a request had been read to its answer; without http_route where no route takes that path and method. What could not be read
//     has the method _OTHER and no duration. The status of SAP's commands is the one behind their 200
//
// Recorded here, too; histograms of calls and signatures have buckets from 50 microseconds to 10 s:
//   signet_signatures_total{algorithm,outcome}         counter; outcome "ok" or "error"
//   signet_wrong_signatures_total                      counter, found before their release; none of them was released
//   signet_hsm_sign_duration_seconds                   histogram, of the HSM alone
//   signet_planned_steps_total{action,outcome}         counter; actions of ring_maintenance.h, "destroy", "seal" and "rewrap";
//                                                      outcome "ok", "waits" or "error"
//   signet_scheduler_leads                             gauge, 1 in the replica that does what is planned
//   signet_authentication_failures_total{reason}       counter; the reasons of AuthenticationFailure
//   signet_build_info{version,…}                       gauge, always 1; labels such as grpc_version for the libraries
//
// Watched, so kept by somebody else and asked for at exposition:
//   signet_queue_depth{queue}                          gauge, tasks that wait; "signing", "admin" or "token"
//   signet_queue_limit{queue}                          gauge, tasks that may wait before callers are told QUEUE_FULL
//   signet_ready                                       gauge, 0 or 1: whether traffic should come here
//   signet_hsm_serving                                 gauge, 0 or 1: whether the HSM answered when it was last asked
//   signet_hsm_sessions                                gauge, sessions open on the token
//   signet_hsm_recoveries_total{outcome}               counter, of attempts to bring the token back; "ok" or "error"
//   signet_unwrapped_keys                              gauge, keys of WRAPPED rings that are unwrapped in the HSM
//   signet_unwrapped_key_lookups_total{outcome}        counter; "hit" or "miss"
//   signet_unwraps_total{outcome}                      counter, of attempts to unwrap a key; "ok" or "error"
//   signet_unwrap_seconds_total                        counter, the time that these took
//   signet_unwrapped_key_evictions_total               counter, unwrapped keys that made room for others
//   signet_hsm_hung_calls_total{queue}                 counter, calls that took longer than hsm.call_timeout; queues as above
//   signet_hsm_abandoned_workers{queue}                gauge, workers whose call hangs now, replaced as long as there are spares
//   signet_store_serving                               gauge, 0 or 1: whether the store answered when it was last asked
//   signet_store_age_seconds                           gauge, time since the store last confirmed what is known of keys
//   signet_store_unwritten_seconds                     gauge, for how long the store has not taken what keys sign
//   signet_connections{listener}                       gauge; "https" or "http_probe"
//   signet_connections_accepted_total{listener}        counter; "https", "http_probe" or "grpc"
//   signet_connections_refused_total{listener}         counter, closed at once as there were too many; "grpc"
//   signet_accept_errors_total{listener}               counter, such as for want of file descriptors
//   signet_certificate_reloads_total{listener}         counter, new TLS certificates that were taken over; "https" or "grpc"
//   signet_certificate_reload_failures_total{listener} counter, changed ones that could not be, each once
//
// Of the process, as in other programs:
//   process_cpu_seconds_total                          counter
//   process_resident_memory_bytes                      gauge
//   process_heap_bytes                                 gauge, what is allocated and not freed; the allocator keeps more
//   process_start_time_seconds                         gauge, since the Unix epoch
//   process_open_fds                                   gauge
//   process_max_fds                                    gauge, the soft limit
class Metrics {
 public:
  // `version` is the release, for signet_build_info; `libraries` are more of its labels and their values.
  explicit Metrics(const std::string& version, const std::map<std::string, std::string>& libraries = {});
  ~Metrics();

  // `method` is such as "signet.v1.KeyService/SignToken", `status` such as "INVALID_ARGUMENT".
  void RecordRpc(absl::string_view method, absl::string_view status, absl::Duration duration);

  // HttpRequest is a request and its answer.
  struct HttpRequest {
    // As the client sent it.
    absl::string_view method;
    // The template of the path; empty if there is none.
    absl::string_view route;
    // "http" or "https".
    absl::string_view scheme;
    // Of the answer.
    int status = 0;
  };
  void RecordHttp(const HttpRequest& request, absl::Duration duration);
  void RecordSignature(absl::string_view algorithm, absl::string_view outcome, absl::Duration duration);
  void RecordWrongSignature();
  void RecordPlannedStep(absl::string_view action, absl::string_view outcome);
  void RecordAuthenticationFailure(absl::string_view reason);
  void SetSchedulerLeads(bool leads);

  // Has `value` asked at each exposition, from any thread; it must stay callable for as long as this object lives, and never wait
  // for a store, an HSM or a network. A counter's value only grows. For a metric with a label, `label` is its value. Whoever
  // watches the same metric and label again takes over.
  void Watch(Watched metric, std::function<double()> value) { Watch(metric, "", std::move(value)); }
  void Watch(Watched metric, absl::string_view label, std::function<double()> value);

  // Returns the text format 0.0.4. Every family is in it, even while it has no series.
  std::string Expose() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_METRICS_H_
