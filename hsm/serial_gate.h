#ifndef SIGNET_HSM_SERIAL_GATE_H_
#define SIGNET_HSM_SERIAL_GATE_H_

#include <algorithm>
#include <chrono>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace signet::hsm {

// SerialGate lets one thread in at a time, for calls into the token that must not overlap. Unlike a Mutex it may be held while the
// token takes its time: nothing spins and no lock is held meanwhile.
class ABSL_LOCKABLE SerialGate {
 public:
  // `longest_stay`: for how long a call may take that does not hang, such as the generation of a large key.
  explicit SerialGate(absl::Duration longest_stay = absl::Seconds(10)) : longest_stay_(longest_stay) {}

  void Enter() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    MutexLock lock(mutex_);
    while (entered_) left_.Wait(mutex_);
    entered_ = Clock::now();
  }
  // As Enter, but returns false if another thread stays in for longer than `patience`; at once if one has been in for longer than
  // both that and the longest stay, as one whose call hangs: it must not hold up each caller anew.
  bool TryEnter(absl::Duration patience) ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    const Clock::time_point start = Clock::now();
    MutexLock lock(mutex_);
    while (entered_) {
      const Clock::time_point now = Clock::now();
      const absl::Duration left =
          std::min(patience - absl::FromChrono(now - start), std::max(patience, longest_stay_) - absl::FromChrono(now - *entered_));
      if (left <= absl::ZeroDuration()) return false;
      left_.WaitFor(mutex_, left);
    }
    entered_ = Clock::now();
    return true;
  }
  void Leave() ABSL_UNLOCK_FUNCTION() {
    MutexLock lock(mutex_);
    entered_.reset();
    left_.NotifyOne();
  }

 private:
  using Clock = std::chrono::steady_clock;

  const absl::Duration longest_stay_;
  Mutex mutex_;
  CondVar left_;
  // When the thread that is in came in.
  std::optional<Clock::time_point> entered_ ABSL_GUARDED_BY(mutex_);
};

// SerialPass is in the gate for its lifetime.
class ABSL_SCOPED_LOCKABLE SerialPass {
 public:
  explicit SerialPass(SerialGate& gate) ABSL_EXCLUSIVE_LOCK_FUNCTION(gate) : gate_(gate) { gate_.Enter(); }
  ~SerialPass() ABSL_UNLOCK_FUNCTION() { gate_.Leave(); }
  SerialPass(const SerialPass&) = delete;
  SerialPass& operator=(const SerialPass&) = delete;

 private:
  SerialGate& gate_;
};

// TrySerialPass is in the gate for its lifetime, if it got in.
class TrySerialPass {
 public:
  TrySerialPass(SerialGate& gate, absl::Duration patience) ABSL_NO_THREAD_SAFETY_ANALYSIS : gate_(gate),
                                                                                            is_in_(gate.TryEnter(patience)) {}
  ~TrySerialPass() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (is_in_) gate_.Leave();
  }
  TrySerialPass(const TrySerialPass&) = delete;
  TrySerialPass& operator=(const TrySerialPass&) = delete;

  // False: as TryEnter.
  bool is_in() const { return is_in_; }

 private:
  SerialGate& gate_;
  const bool is_in_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SERIAL_GATE_H_
