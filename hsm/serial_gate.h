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

  // False: another thread stayed in for longer than patience.
  bool is_in() const { return is_in_; }

 private:
  SerialGate& gate_;
  const bool is_in_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SERIAL_GATE_H_
