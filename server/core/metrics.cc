#include "server/core/metrics.h"

#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace signet::core {

namespace {

// SeriesOf finds the series of a family by the values of its labels. Family::Add can do that too, but builds a new metric, buckets
// and all, at each call. Thread-safe.
template <typename Metric>
class SeriesOf {
 public:
  SeriesOf(prometheus::Family<Metric>& family, std::string first_label, std::string second_label = "")
      : family_(family), first_label_(std::move(first_label)), second_label_(std::move(second_label)) {}

  template <typename... Args>
  Metric& Get(absl::string_view first, absl::string_view second, const Args&... args) {
    std::string key = absl::StrCat(first, "\n", second);
    MutexLock lock(mutex_);
    auto found = series_.find(key);
    if (found != series_.end()) return *found->second;
    prometheus::Labels labels = {{first_label_, std::string(first)}};
    if (!second_label_.empty()) labels[second_label_] = std::string(second);
    Metric& metric = family_.Add(labels, args...);
    series_.emplace(std::move(key), &metric);
    return metric;
  }

 private:
  prometheus::Family<Metric>& family_;
  const std::string first_label_;
  const std::string second_label_;
  Mutex mutex_;
  std::map<std::string, Metric*> series_ ABSL_GUARDED_BY(mutex_);
};

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

Family<Counter>& AddCounters(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& AddGauges(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& AddHistograms(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  // A gauge and the function that tells its value.
  using Watch = std::pair<Gauge*, std::function<double()>>;

  // In seconds. A signature takes from 70 µs (P-256 on SoftHSM) to some 10 ms (a TPM, a remote HSM); what passes 1 s is a fault.
  const Histogram::BucketBoundaries buckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                               0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  prometheus::Registry registry;
  SeriesOf<Counter> rpc_requests{AddCounters(registry, "signet_rpc_requests_total", "Calls answered, by method and gRPC code."),
                                 "method", "code"};
  SeriesOf<Histogram> rpc_durations{
      AddHistograms(registry, "signet_rpc_duration_seconds", "Time from a call's arrival to its answer."), "method"};
  SeriesOf<Counter> http_requests{
      AddCounters(registry, "signet_http_requests_total", "HTTP requests answered, by route and status code."), "route", "code"};
  SeriesOf<Counter> signatures{
      AddCounters(registry, "signet_signatures_total", "Signatures asked of the HSM, by algorithm and outcome."), "algorithm",
      "outcome"};
  Histogram& sign_durations =
      AddHistograms(registry, "signet_hsm_sign_duration_seconds", "Time that the HSM took to sign.").Add({}, buckets);
  SeriesOf<Counter> planned_steps{AddCounters(registry, "signet_planned_steps_total",
                                              "Planned changes of keys that were done or failed, by action and outcome."),
                                  "action", "outcome"};
  Gauge& scheduler_leads =
      AddGauges(registry, "signet_scheduler_leads", "1 in the replica that does what is planned, otherwise 0.").Add({});
  Family<Gauge>& queue_depths = AddGauges(registry, "signet_queue_depth", "Tasks that wait for a thread, by queue.");
  Family<Gauge>& ready = AddGauges(registry, "signet_ready", "1 if traffic should come here, otherwise 0.");

  Mutex mutex;
  std::vector<Watch> watches ABSL_GUARDED_BY(mutex);
};

Metrics::Metrics(const std::string& version) : families_(std::make_unique<Families>()) {
  AddGauges(families_->registry, "signet_build_info", "The release that runs; always 1.").Add({{"version", version}}).Set(1);
}

Metrics::~Metrics() = default;

void Metrics::RecordRpc(absl::string_view method, absl::string_view code, absl::Duration duration) {
  families_->rpc_requests.Get(method, code).Increment();
  families_->rpc_durations.Get(method, "", families_->buckets).Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::RecordHttp(absl::string_view route, int code) { families_->http_requests.Get(route, absl::StrCat(code)).Increment(); }

void Metrics::RecordSignature(absl::string_view algorithm, absl::string_view outcome, absl::Duration duration) {
  families_->signatures.Get(algorithm, outcome).Increment();
  families_->sign_durations.Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::RecordPlannedStep(absl::string_view action, absl::string_view outcome) {
  families_->planned_steps.Get(action, outcome).Increment();
}

void Metrics::SetSchedulerLeads(bool leads) { families_->scheduler_leads.Set(leads ? 1 : 0); }

void Metrics::WatchQueue(absl::string_view queue, std::function<double()> depth) {
  Gauge& gauge = families_->queue_depths.Add({{"queue", std::string(queue)}});
  MutexLock lock(families_->mutex);
  families_->watches.emplace_back(&gauge, std::move(depth));
}

void Metrics::WatchReady(std::function<bool()> ready) {
  Gauge& gauge = families_->ready.Add({});
  MutexLock lock(families_->mutex);
  families_->watches.emplace_back(&gauge, [ready = std::move(ready)] { return ready() ? 1.0 : 0.0; });
}

std::string Metrics::Expose() const {
  std::vector<Families::Watch> watches;
  {
    MutexLock lock(families_->mutex);
    watches = families_->watches;
  }
  // Asked outside the lock: they take locks of their own.
  for (const auto& [gauge, value] : watches) gauge->Set(value());
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_->registry.Collect());
  return std::move(out).str();
}

}  // namespace signet::core
