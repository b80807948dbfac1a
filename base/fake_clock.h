#ifndef SIGNET_BASE_FAKE_CLOCK_H_
#define SIGNET_BASE_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"

namespace signet {

// FakeClock stands still until a test moves it. Thread-safe.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000)) : now_(absl::ToUnixNanos(now)) {}
  absl::Time Now() const override { return absl::FromUnixNanos(now_.load()); }
  // Moves the time by `step`, which may be negative.
  void Advance(absl::Duration step) { now_ += absl::ToInt64Nanoseconds(step); }

 private:
  std::atomic<int64_t> now_;
};

}  // namespace signet

#endif  // SIGNET_BASE_FAKE_CLOCK_H_
