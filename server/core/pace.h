#ifndef SIGNET_SERVER_CORE_PACE_H_
#define SIGNET_SERVER_CORE_PACE_H_

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>

namespace signet::core {

// Pace tells whether calls, such as signatures, are so quick that a thread that serves others may wait for them, by what most of
// the last ones took. Thread-compatible.
//
// Many calls at once, on few cores, take long because of each other: that they are slow then says nothing of what one takes. So
// while they are slow, it is tried from time to time whether they are quick with few at once (Try).
class Pace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Calls most of which take longer than kSlow are slow, until most of them take less than kQuick.
  static constexpr int64_t kSlowNanoseconds = 300'000;
  static constexpr int64_t kQuickNanoseconds = 200'000;
  // How many calls are remembered.
  static constexpr int kMemory = 16;
  // Slow calls that end a trial.
  static constexpr int kTrialFailures = 4;
  // How long calls have to be slow before a trial; twice as long after each that failed. A trial with slow calls may cost some 15
  // ms in which the HSM is asked less than it could be.
  static constexpr std::chrono::milliseconds kMinTrialDelay{20};
  static constexpr std::chrono::milliseconds kMaxTrialDelay{5120};

  // Nothing is known yet: slow.
  bool slow() const { return slow_; }

  // Notes `calls` calls, at least one, that took so long together.
  void Note(int calls, int64_t nanoseconds) {
    const int64_t each = nanoseconds / calls;
    for (int i = 0; i < calls && i < kMemory; ++i) Remember(each);
    if (slow_) {
      slow_ = std::popcount(quick_calls_) <= kMemory / 2;
    } else if (std::popcount(slow_calls_) > kMemory / 2) {
      BeSlow();
    } else if (trial_calls_ > 0 && (trial_calls_ -= calls) <= 0) {
      trial_delay_ = kMinTrialDelay;
    }
  }
  // Notes that one has not returned for too long.
  void NoteStall() { BeSlow(); }

  // To be called while calls are slow and many of them are under way at once. True if a trial begins: from now on calls count as
  // quick, so that only few are made at once, and only these are to be noted.
  bool Try(TimePoint now) {
    if (!slow_) return false;
    if (trial_ == TimePoint()) trial_ = now + trial_delay_;
    if (now < trial_) return false;
    trial_ = TimePoint();
    trial_delay_ = std::min(2 * trial_delay_, kMaxTrialDelay);
    trial_calls_ = kMemory;
    slow_ = false;
    // As if some had been slow, so that kTrialFailures more are most of them.
    slow_calls_ = (1 << (kMemory / 2 + 1 - kTrialFailures)) - 1;
    quick_calls_ = 0;
    return true;
  }

 private:
  void Remember(int64_t nanoseconds) {
    slow_calls_ = static_cast<uint16_t>(slow_calls_ << 1 | (nanoseconds > kSlowNanoseconds ? 1 : 0));
    quick_calls_ = static_cast<uint16_t>(quick_calls_ << 1 | (nanoseconds < kQuickNanoseconds ? 1 : 0));
  }
  void BeSlow() {
    slow_ = true;
    quick_calls_ = 0;
    trial_calls_ = 0;
  }

  bool slow_ = true;
  // A bit for each of the last calls, the lowest for the last one.
  uint16_t slow_calls_ = 0;
  uint16_t quick_calls_ = 0;
  // When a trial may begin, if that is settled.
  TimePoint trial_;
  std::chrono::milliseconds trial_delay_ = kMinTrialDelay;
  // What is left of one that is under way.
  int trial_calls_ = 0;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PACE_H_
