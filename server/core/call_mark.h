#ifndef SIGNET_SERVER_CORE_CALL_MARK_H_
#define SIGNET_SERVER_CORE_CALL_MARK_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace signet::core {

// CallMark is where one worker marks the call that may hang while it is in it, such as a signature, and where a watchdog sees for
// how long it has been.
//
// The watchdog may give up the worker's task while the worker is in a marked call, and only then: so the worker may touch what
// belongs to the task's caller whenever it is in no such call and has not been told that the task was given up. A marked call costs
// two readings of the clock and two writes to a cache line of its own.
class alignas(64) CallMark {
 public:
  // For the worker.

  // Begins a task whose caller waits until `deadline`.
  void BeginTask(absl::Time deadline);
  // Begins a call. False: the task was given up in an earlier one, so there is no use in it.
  bool BeginCall();
  // Ends it. False: the task was given up meanwhile; whoever gave it up has settled that.
  bool EndCall();
  // Tells whether the current task was given up.
  bool given_up() const { return given_up_; }
  // The calls that have ended since it was last asked, and how long they took together.
  struct Cost {
    int calls = 0;
    int64_t nanoseconds = 0;
  };
  Cost TakeCost() { return std::exchange(cost_, {}); }

  // For the watchdog.

  // What the worker is at.
  struct Look {
    absl::Duration age;
    bool is_late;       // The deadline has passed.
    bool is_given_up;   // The task.
    bool is_abandoned;  // The worker.
    int64_t word;
  };
  // Nothing if it is in no marked call.
  std::optional<Look> Peek() const;
  // Gives up the task, and with `abandon` the worker as well, if it still is in the call of `look`. EndCall waits for the holder
  // of settling() then.
  enum class Verdict { kGiveUp, kAbandon };
  bool Judge(const Look& look, Verdict verdict) ABSL_EXCLUSIVE_LOCKS_REQUIRED(settling_);
  Mutex& settling() ABSL_LOCK_RETURNED(settling_) { return settling_; }

 private:
  // When the call began, in nanoseconds of the monotonic clock, shifted by two bits, and the two bits of Verdict; 0: in no call.
  std::atomic<int64_t> word_ = 0;
  // In nanoseconds since the Unix epoch.
  std::atomic<int64_t> deadline_ = 0;
  // The worker's own.
  bool given_up_ = false;
  int64_t begin_ = 0;
  Cost cost_;
  Mutex settling_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CALL_MARK_H_
