#ifndef SIGNET_SERVER_CORE_SETTLED_TIME_H_
#define SIGNET_SERVER_CORE_SETTLED_TIME_H_

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace signet::core {

// SettledTime is the wall-clock time as far as it has proven true, for what cannot be undone: to forget what has expired. A clock
// may jump ahead for a while, by any amount, and be set back; what was forgotten meanwhile would count as if it had never been.
// Thread-safe.
class SettledTime {
 public:
  // A time to which the clock jumped, and the first that it shows, is believed once the clock has gone on from there for `patience`
  // without another jump. If that is the longest life of what is to be forgotten, nothing is forgotten before it has expired in
  // truth, unless the process has begun meanwhile.
  explicit SettledTime(absl::Duration patience) : patience_(patience) {}

  // Notes what the clock shows now, and returns the time that has passed for sure; InfinitePast at first. Never later than `now`.
  absl::Time Observe(absl::Time now, std::chrono::steady_clock::time_point monotonic_now = std::chrono::steady_clock::now());

 private:
  const absl::Duration patience_;
  Mutex mutex_;
  absl::Time settled_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // As they were last observed, and when the clock last jumped.
  absl::Time wall_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::chrono::steady_clock::time_point monotonic_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point jumped_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SETTLED_TIME_H_
