#ifndef SIGNET_HSM_RECOVERY_H_
#define SIGNET_HSM_RECOVERY_H_

#include <atomic>
#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace signet::hsm {

// Recovery repairs what many depend on, on a thread of its own, so that nobody has to wait longer than they like: one attempt at a
// time, again and again until one succeeds, however many ask for it. Thread-safe.
class Recovery {
 public:
  struct Options {
    // From one attempt to the next: doubled after each, up to the longest.
    absl::Duration min_delay = absl::Milliseconds(100);
    absl::Duration max_delay = absl::Seconds(2);
    // After this time without an attempt, the delay is the shortest again.
    absl::Duration memory = absl::Seconds(10);
  };
  // Returns OK when all is well; kFailedPrecondition where repeating it is no use, or harmful.
  using Attempt = absl::AnyInvocable<absl::Status()>;

  Recovery(const Options& options, Attempt attempt);
  // Waits for the attempt that is under way, and makes no other.
  ~Recovery();
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  // Asks for a recovery, unless one is under way, and waits for it until `patience` has passed since it was first asked for, or an
  // attempt has failed: nobody waits for one that hangs. What the caller found broken it found when `successes` were made: a
  // recovery that has succeeded since is enough.
  //   kUnavailable         HSM_UNAVAILABLE: it takes longer; or the error of the last attempt. It goes on by itself.
  //   kFailedPrecondition  the error of the attempt, which ended it
  absl::Status Await(uint64_t successes, absl::Duration patience);

  // Tells whether it has been asked for and has not succeeded yet. Whoever reads successes() before is not told of a recovery that
  // these count.
  bool under_way() const { return under_way_; }

  uint64_t successes() const { return successes_; }
  uint64_t failures() const { return failures_; }

 private:
  void Run();
  // Waits until an attempt is asked for and its time has come; returns false if there is to be none.
  bool AwaitTurn();
  void Note(const absl::Status& outcome);

  const Options options_;
  Attempt attempt_;
  std::atomic<bool> under_way_ = false;  // Written under mutex_.
  std::atomic<uint64_t> successes_ = 0;
  std::atomic<uint64_t> failures_ = 0;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // How the attempts since it was asked for went: OK if there is none yet.
  absl::Status outcome_ ABSL_GUARDED_BY(mutex_);
  absl::Time asked_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_attempt_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_RECOVERY_H_
