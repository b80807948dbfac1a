#ifndef SIGNET_SERVER_CORE_METRIC_SERIES_H_
#define SIGNET_SERVER_CORE_METRIC_SERIES_H_

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

// MetricSeries finds the series of a family by the values of its one or two labels. Family::Add can do that too, but builds a new
// metric, buckets and all, at each call. A series that is known is found without a lock and without memory being allocated, in some
// 10 ns: calls are counted here. Thread-safe.
//
// There are at most kMaxSeries; what would be another one is counted in the series whose labels are "other". So a label that
// follows what a caller sends by mistake can cost neither memory nor the scrape.
template <typename Metric>
class MetricSeries {
 public:
  static constexpr size_t kMaxSeries = 768;

  // `family` is borrowed. Without a `second_label` only first values tell series apart.
  MetricSeries(prometheus::Family<Metric>& family, std::string first_label, std::string second_label = "")
      : family_(family), first_label_(std::move(first_label)), second_label_(std::move(second_label)) {}

  // The series, made with `arguments` if it is new. It stays for as long as the family.
  template <typename... Arguments>
  Metric& Get(absl::string_view first, absl::string_view second, const Arguments&... arguments) {
    if (Metric* known = Find(first, second)) return *known;
    MutexLock lock(mutex_);
    if (Metric* known = Find(first, second)) return *known;
    if (entries_.size() < kMaxSeries) return Add(first, second, arguments...);
    if (other_ == nullptr) other_ = &family_.Add(LabelsOf("other", "other"), arguments...);
    return *other_;
  }

 private:
  struct Entry {
    std::string first;
    std::string second;
    Metric* metric;
  };
  // A table without deletion: a slot goes from empty to an entry once, so that readers need no lock.
  static constexpr size_t kSlots = 1024;
  static_assert(kMaxSeries < kSlots, "a search ends at an empty slot");

  // Values of one label mostly differ in their length or their last 8 bytes, as in "signet.v1.KeyService/GetKey".
  static uint64_t Digest(absl::string_view value) {
    uint64_t end = 0;
    const size_t size = value.size() < sizeof(end) ? value.size() : sizeof(end);
    if (size > 0) memcpy(&end, value.data() + value.size() - size, size);
    return (end + value.size()) * 0x9e3779b97f4a7c15;
  }
  static size_t FirstSlot(absl::string_view first, absl::string_view second) {
    const uint64_t digest = Digest(first) ^ (Digest(second) >> 1);
    return static_cast<size_t>(digest >> 32) % kSlots;
  }
  prometheus::Labels LabelsOf(absl::string_view first, absl::string_view second) const {
    prometheus::Labels labels = {{first_label_, std::string(first)}};
    if (!second_label_.empty()) labels[second_label_] = std::string(second);
    return labels;
  }

  Metric* Find(absl::string_view first, absl::string_view second) const {
    for (size_t slot = FirstSlot(first, second);; slot = (slot + 1) % kSlots) {
      const Entry* entry = slots_[slot].load(std::memory_order_acquire);
      if (entry == nullptr) return nullptr;
      if (entry->first == first && entry->second == second) return entry->metric;
    }
  }

  template <typename... Arguments>
  Metric& Add(absl::string_view first, absl::string_view second, const Arguments&... arguments)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Metric& metric = family_.Add(LabelsOf(first, second), arguments...);
    entries_.push_back(std::make_unique<Entry>(Entry{std::string(first), std::string(second), &metric}));
    size_t slot = FirstSlot(first, second);
    while (slots_[slot].load(std::memory_order_relaxed) != nullptr) slot = (slot + 1) % kSlots;
    slots_[slot].store(entries_.back().get(), std::memory_order_release);
    return metric;
  }

  prometheus::Family<Metric>& family_;
  const std::string first_label_;
  const std::string second_label_;
  std::array<std::atomic<const Entry*>, kSlots> slots_ = {};
  // Held to add a series only.
  Mutex mutex_;
  std::vector<std::unique_ptr<const Entry>> entries_ ABSL_GUARDED_BY(mutex_);
  Metric* other_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_METRIC_SERIES_H_
