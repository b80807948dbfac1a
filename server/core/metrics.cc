#include "server/core/metrics.h"

#include <iterator>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "server/core/metric_series.h"
#include "server/core/process_metrics.h"

namespace signet::core {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

using prometheus::MetricFamily;

// NamedRegistry is a registry that also tells of the families that have no series yet, which prometheus-cpp's own passes over.
class NamedRegistry {
 public:
  Family<Counter>& AddCounters(const std::string& name, const std::string& help) {
    return Add<Counter>(prometheus::BuildCounter(), name, help);
  }
  Family<Gauge>& AddGauges(const std::string& name, const std::string& help) {
    return Add<Gauge>(prometheus::BuildGauge(), name, help);
  }
  Family<Histogram>& AddHistograms(const std::string& name, const std::string& help) {
    return Add<Histogram>(prometheus::BuildHistogram(), name, help);
  }

  std::vector<MetricFamily> Collect() const {
    std::map<std::string, MetricFamily> families = names_;
    for (MetricFamily& family : registry_.Collect()) families[family.name] = std::move(family);
    std::vector<MetricFamily> list;
    list.reserve(families.size());
    for (auto& [name, family] : families) list.push_back(std::move(family));
    return list;
  }

 private:
  template <typename Metric, typename Builder>
  Family<Metric>& Add(Builder builder, const std::string& name, const std::string& help) {
    names_[name] = {name, help, Metric::metric_type, {}};
    return builder.Name(name).Help(help).Register(registry_);
  }

  prometheus::Registry registry_;
  std::map<std::string, MetricFamily> names_;
};

// As OpenTelemetry tells methods apart: those of RFC 9110 and RFC 5789.
absl::string_view KnownMethod(absl::string_view method) {
  for (const absl::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}) {
    if (method == known) return known;
  }
  return "_OTHER";
}

void Append(std::vector<MetricFamily> more, std::vector<MetricFamily>& all) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

struct Metrics::Families {
  // In seconds. A signature takes from 70 µs (P-256 on SoftHSM) to some 10 ms (a TPM, a remote HSM); what passes 1 s is a fault.
  const Histogram::BucketBoundaries call_buckets = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                    0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
  // Those that the semantic conventions recommend.
  const Histogram::BucketBoundaries http_buckets = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};
  NamedRegistry registry;
  MetricSeries<Histogram, 2> calls{
      registry.AddHistograms("grpc_server_call_duration_seconds", "Time from a call's arrival to its end, by method and status."),
      {"grpc_method", "grpc_status"}};
  MetricSeries<Histogram, 4> http_requests{
      registry.AddHistograms("http_server_request_duration_seconds", "Time from an HTTP request's arrival to its answer."),
      {"http_request_method", "http_route", "http_response_status_code", "url_scheme"}};
  MetricSeries<Counter, 2> signatures{
      registry.AddCounters("signet_signatures_total", "Signatures asked of the HSM, by algorithm and outcome."),
      {"algorithm", "outcome"}};
  Counter& wrong_signatures =
      registry.AddCounters("signet_wrong_signatures_total", "Signatures of the HSM that were wrong, and were not released.")
          .Add({});
  Histogram& sign_durations =
      registry.AddHistograms("signet_hsm_sign_duration_seconds", "Time that the HSM took to sign.").Add({}, call_buckets);
  MetricSeries<Counter, 2> planned_steps{
      registry.AddCounters("signet_planned_steps_total",
                           "Planned changes of keys that were done or failed, by action and outcome."),
      {"action", "outcome"}};
  MetricSeries<Counter, 1> authentication_failures{
      registry.AddCounters("signet_authentication_failures_total", "Callers that could not be recognised, by reason."), {"reason"}};
  Gauge& scheduler_leads =
      registry.AddGauges("signet_scheduler_leads", "1 in the replica that does what is planned, otherwise 0.").Add({});
  Family<Gauge>& build_info = registry.AddGauges("signet_build_info", "The release that runs; always 1.");

  WatchedMetrics watched;
};

Metrics::Metrics(const std::string& version, const std::map<std::string, std::string>& libraries)
    : families_(std::make_unique<Families>()) {
  prometheus::Labels labels = libraries;
  labels["version"] = version;
  families_->build_info.Add(labels).Set(1);
}

Metrics::~Metrics() = default;

void Metrics::RecordRpc(absl::string_view method, absl::string_view status, absl::Duration duration) {
  families_->calls.Get({method, status}, families_->call_buckets).Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::RecordHttp(const HttpRequest& request, absl::Duration duration) {
  const std::string status = absl::StrCat(request.status);
  families_->http_requests.Get({KnownMethod(request.method), request.route, status, request.scheme}, families_->http_buckets)
      .Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::RecordSignature(absl::string_view algorithm, absl::string_view outcome, absl::Duration duration) {
  families_->signatures.Get({algorithm, outcome}).Increment();
  families_->sign_durations.Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::RecordWrongSignature() { families_->wrong_signatures.Increment(); }

void Metrics::RecordPlannedStep(absl::string_view action, absl::string_view outcome) {
  families_->planned_steps.Get({action, outcome}).Increment();
}

void Metrics::RecordAuthenticationFailure(absl::string_view reason) {
  families_->authentication_failures.Get({reason}).Increment();
}

void Metrics::SetSchedulerLeads(bool leads) { families_->scheduler_leads.Set(leads ? 1 : 0); }

void Metrics::Watch(Watched metric, absl::string_view label, std::function<double()> value) {
  families_->watched.Watch(metric, label, std::move(value));
}

std::string Metrics::Expose() const {
  // First those that others keep: to ask for one may record another.
  std::vector<MetricFamily> watched = families_->watched.Collect();
  std::vector<MetricFamily> all = families_->registry.Collect();
  Append(std::move(watched), all);
  Append(CollectProcessMetrics(), all);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, all);
  return std::move(out).str();
}

}  // namespace signet::core
