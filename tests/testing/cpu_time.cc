#include "tests/testing/cpu_time.h"

#include <time.h>

namespace signet::testing {

absl::Duration ProcessCpuTime(pid_t pid) {
  clockid_t clock = 0;
  timespec time = {};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return absl::ZeroDuration();
  return absl::DurationFromTimespec(time);
}

}  // namespace signet::testing
