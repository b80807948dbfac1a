#ifndef SIGNET_SERVER_CORE_PACE_H_
#define SIGNET_SERVER_CORE_PACE_H_

#include <cstdint>

namespace signet::core {

// Pace tells whether calls, such as signatures, are so quick that a thread that serves others may wait for them, by how long the
// last ones took. Thread-compatible.
class Pace {
 public:
  // Calls that take longer than kSlow on average are slow, until they take less than kQuick.
  static constexpr int64_t kSlowNanoseconds = 250'000;
  static constexpr int64_t kQuickNanoseconds = 150'000;

  // Nothing is known yet: slow.
  bool slow() const { return slow_; }

  // Notes `calls` calls, at least one, that took so long together.
  void Note(int calls, int64_t nanoseconds) {
    const int64_t each = nanoseconds / calls;
    for (int i = 0; i < calls && i < kMemory; ++i) average_ += (each - average_) / kMemory;
    if (average_ > kSlowNanoseconds) slow_ = true;
    if (average_ < kQuickNanoseconds) slow_ = false;
  }
  // Notes that one has not returned for too long.
  void NoteStall() {
    average_ = kStallNanoseconds;
    slow_ = true;
  }

 private:
  static constexpr int kMemory = 8;
  static constexpr int64_t kStallNanoseconds = 5'000'000;

  int64_t average_ = 1'000'000;
  bool slow_ = true;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PACE_H_
