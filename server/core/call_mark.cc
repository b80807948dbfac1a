#include "server/core/call_mark.h"

#include <chrono>

#include "absl/time/clock.h"

namespace signet::core {
namespace {

constexpr int64_t kGivenUp = 1;
constexpr int64_t kAbandoned = 2;
constexpr int kBits = 2;

int64_t MonotonicNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void CallMark::BeginTask(absl::Time deadline) {
  given_up_ = false;
  deadline_.store(absl::ToUnixNanos(deadline), std::memory_order_relaxed);
}

bool CallMark::BeginCall() {
  if (given_up_) return false;
  // Releases what the task has done so far to whoever gives it up.
  begin_ = MonotonicNanoseconds();
  word_.store(begin_ << kBits, std::memory_order_release);
  return true;
}

bool CallMark::EndCall() {
  ++cost_.calls;
  cost_.nanoseconds += MonotonicNanoseconds() - begin_;
  if ((word_.exchange(0, std::memory_order_acq_rel) & (kGivenUp | kAbandoned)) == 0) return true;
  given_up_ = true;
  MutexLock lock(settling_);
  return false;
}

std::optional<CallMark::Look> CallMark::Peek() const {
  const int64_t word = word_.load(std::memory_order_acquire);
  if (word == 0) return std::nullopt;
  return Look{.age = absl::Nanoseconds(MonotonicNanoseconds() - (word >> kBits)),
              .is_late = deadline_.load(std::memory_order_relaxed) < absl::GetCurrentTimeNanos(),
              .is_given_up = (word & kGivenUp) != 0,
              .is_abandoned = (word & kAbandoned) != 0,
              .word = word};
}

bool CallMark::Judge(const Look& look, Verdict verdict) {
  int64_t word = look.word;
  const int64_t judged = word | kGivenUp | (verdict == Verdict::kAbandon ? kAbandoned : 0);
  return word_.compare_exchange_strong(word, judged, std::memory_order_acq_rel);
}

}  // namespace signet::core
