#include "server/core/settled_time.h"

#include <algorithm>

namespace signet::core {
namespace {

// What clocks are slewed by, or differ by from one observation to the next.
constexpr absl::Duration kTolerance = absl::Minutes(1);

}  // namespace

absl::Time SettledTime::Observe(absl::Time now, std::chrono::steady_clock::time_point monotonic_now) {
  MutexLock lock(mutex_);
  // Threads may come in another order than that in which they read the clocks.
  const absl::Duration elapsed = std::max(absl::FromChrono(monotonic_now - monotonic_), absl::ZeroDuration());
  if (absl::AbsDuration(now - (wall_ + elapsed)) > kTolerance) jumped_ = monotonic_now;
  wall_ = now;
  monotonic_ = std::max(monotonic_, monotonic_now);
  if (absl::FromChrono(monotonic_now - jumped_) >= patience_) {
    settled_ = now;
  } else {
    // It is not that nothing is known: a clock that jumps again and again must not have everything kept for ever.
    settled_ = std::min(now, settled_ + elapsed);
  }
  return settled_;
}

}  // namespace signet::core
