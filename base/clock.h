#ifndef SIGNET_BASE_CLOCK_H_
#define SIGNET_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace signet {

// Clock tells the wall-clock time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// SystemClock is the machine's clock.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace signet

#endif  // SIGNET_BASE_CLOCK_H_
