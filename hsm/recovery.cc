#include "hsm/recovery.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::hsm {
namespace {

// On the monotonic clock: only differences mean something.
absl::Time Now() { return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

}  // namespace

Recovery::Recovery(const Options& options, Attempt attempt)
    : options_(options), attempt_(std::move(attempt)), delay_(options.min_delay), thread_([this] { Run(); }) {}

Recovery::~Recovery() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

absl::Status Recovery::Await(uint64_t successes, absl::Duration patience) {
  MutexLock lock(mutex_);
  if (!under_way_ && successes_ != successes) return absl::OkStatus();
  if (!under_way_) {
    under_way_ = true;
    outcome_ = absl::OkStatus();
    asked_at_ = Now();
    changed_.NotifyAll();
  }
  const absl::Time end = asked_at_ + patience;
  while (under_way_ && outcome_.ok() && Now() < end) changed_.WaitFor(mutex_, end - Now());
  if (!outcome_.ok()) return outcome_;
  if (!under_way_) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the token is being recovered");
}

void Recovery::Run() {
  while (AwaitTurn()) Note(attempt_());
}

bool Recovery::AwaitTurn() {
  MutexLock lock(mutex_);
  while (!stopping_ && !under_way_) changed_.Wait(mutex_);
  if (Now() - last_attempt_ > options_.memory) delay_ = options_.min_delay;
  const absl::Time turn = last_attempt_ + delay_;
  if (last_attempt_ != absl::InfinitePast()) delay_ = std::min(delay_ * 2, options_.max_delay);
  while (!stopping_ && Now() < turn) changed_.WaitFor(mutex_, turn - Now());
  return !stopping_;
}

void Recovery::Note(const absl::Status& outcome) {
  MutexLock lock(mutex_);
  last_attempt_ = Now();
  outcome_ = outcome;
  if (outcome.ok() || absl::IsFailedPrecondition(outcome)) under_way_ = false;
  // After that, as both are read without the lock.
  ++(outcome.ok() ? successes_ : failures_);
  changed_.NotifyAll();
}

}  // namespace signet::hsm
