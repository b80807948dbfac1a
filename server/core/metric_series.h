#ifndef SIGNET_SERVER_CORE_METRIC_SERIES_H_
#define SIGNET_SERVER_CORE_METRIC_SERIES_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "prometheus/family.h"

namespace signet::core {

// MetricSeries finds the series of a family by the values of its labels. Family::Add can do that too, but builds a new metric,
// buckets and all, at each call. A series that is known is found without a lock and without memory being allocated, in some 10 ns:
// calls are counted here. Thread-safe.
//
// There are at most kMaxSeries; what would be another one is counted in the series whose labels are "other". So a label that
// follows what a caller sends by mistake can cost neither memory nor the scrape.
template <typename Metric, size_t kLabels>
class MetricSeries {
 public:
  static constexpr size_t kMaxSeries = 1024;
  // In the order of the labels. A series has no label whose value is empty, which to Prometheus is the same.
  using Values = std::array<absl::string_view, kLabels>;

  // `family` is borrowed.
  MetricSeries(prometheus::Family<Metric>& family, std::array<std::string, kLabels> labels)
      : family_(family), labels_(std::move(labels)) {}

  // The series, made with `arguments` if it is new. It stays for as long as the family.
  template <typename... Arguments>
  Metric& Get(const Values& values, const Arguments&... arguments) {
    if (Metric* known = Find(values)) return *known;
    MutexLock lock(mutex_);
    if (Metric* known = Find(values)) return *known;
    if (entries_.size() < kMaxSeries) return Add(values, arguments...);
    if (other_ == nullptr) {
      Values others;
      others.fill("other");
      other_ = &family_.Add(LabelsOf(others), arguments...);
    }
    return *other_;
  }

 private:
  struct Entry {
    std::array<std::string, kLabels> values;
    Metric* metric;
  };
  // A table without deletion: a slot goes from empty to an entry once, so that readers need no lock.
  static constexpr size_t kSlots = 2048;
  static_assert(kMaxSeries < kSlots, "a search ends at an empty slot");

  // Values of one label mostly differ in their length or their last 8 bytes, as in "signet.v1.KeyService/GetKey".
  static uint64_t Digest(absl::string_view value) {
    uint64_t end = 0;
    const size_t size = value.size() < sizeof(end) ? value.size() : sizeof(end);
    if (size > 0) memcpy(&end, value.data() + value.size() - size, size);
    return (end + value.size()) * 0x9e3779b97f4a7c15;
  }
  static size_t FirstSlot(const Values& values) {
    uint64_t digest = 0;
    for (size_t i = 0; i < kLabels; ++i) digest ^= Digest(values[i]) >> i;
    return static_cast<size_t>(digest >> 32) % kSlots;
  }
  prometheus::Labels LabelsOf(const Values& values) const {
    prometheus::Labels labels;
    for (size_t i = 0; i < kLabels; ++i) {
      if (!values[i].empty()) labels[labels_[i]] = std::string(values[i]);
    }
    return labels;
  }

  Metric* Find(const Values& values) const {
    for (size_t slot = FirstSlot(values);; slot = (slot + 1) % kSlots) {
      const Entry* entry = slots_[slot].load(std::memory_order_acquire);
      if (entry == nullptr) return nullptr;
      if (std::equal(values.begin(), values.end(), entry->values.begin())) return entry->metric;
    }
  }

  template <typename... Arguments>
  Metric& Add(const Values& values, const Arguments&... arguments) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Metric& metric = family_.Add(LabelsOf(values), arguments...);
    auto entry = std::make_unique<Entry>();
    for (size_t i = 0; i < kLabels; ++i) entry->values[i] = std::string(values[i]);
    entry->metric = &metric;
    entries_.push_back(std::move(entry));
    size_t slot = FirstSlot(values);
    while (slots_[slot].load(std::memory_order_relaxed) != nullptr) slot = (slot + 1) % kSlots;
    slots_[slot].store(entries_.back().get(), std::memory_order_release);
    return metric;
  }

  prometheus::Family<Metric>& family_;
  const std::array<std::string, kLabels> labels_;
  std::array<std::atomic<const Entry*>, kSlots> slots_ = {};
  // Held to add a series only.
  Mutex mutex_;
  std::vector<std::unique_ptr<const Entry>> entries_ ABSL_GUARDED_BY(mutex_);
  Metric* other_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_METRIC_SERIES_H_
