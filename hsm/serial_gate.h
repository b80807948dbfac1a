#ifndef SIGNET_HSM_SERIAL_GATE_H_
#define SIGNET_HSM_SERIAL_GATE_H_

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace signet::hsm {

// SerialGate lets one thread in at a time, for calls into the token that must not overlap. Unlike a Mutex it may be held while the
// token takes its time: nothing spins and no lock is held meanwhile.
class ABSL_LOCKABLE SerialGate {
 public:
  void Enter() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    MutexLock lock(mutex_);
    while (occupied_) left_.Wait(mutex_);
    occupied_ = true;
  }
  // As Enter, but returns false if another thread stays in for longer than `patience`, as one whose call hangs.
  bool TryEnter(absl::Duration patience) ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(patience);
    MutexLock lock(mutex_);
    while (occupied_) {
      const absl::Duration left = absl::FromChrono(end - std::chrono::steady_clock::now());
      if (left <= absl::ZeroDuration()) return false;
      left_.WaitFor(mutex_, left);
    }
    occupied_ = true;
    return true;
  }
  void Leave() ABSL_UNLOCK_FUNCTION() {
    MutexLock lock(mutex_);
    occupied_ = false;
    left_.NotifyOne();
  }

 private:
  Mutex mutex_;
  CondVar left_;
  bool occupied_ ABSL_GUARDED_BY(mutex_) = false;
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

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SERIAL_GATE_H_
