#include "hsm/recovery.h"

#include <chrono>
#include <deque>
#include <future>
#include <thread>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);
constexpr Recovery::Options kFast = {absl::Milliseconds(1), absl::Milliseconds(4), absl::Seconds(10)};

absl::Status Down() { return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "down"); }

// Patient answers each attempt with the next of the outcomes that a test has given, and waits for them.
class Patient {
 public:
  Recovery::Attempt Attempt() {
    return [this] {
      MutexLock lock(mutex_);
      ++attempts_;
      changed_.NotifyAll();
      while (outcomes_.empty()) changed_.Wait(mutex_);
      const absl::Status outcome = outcomes_.front();
      outcomes_.pop_front();
      return outcome;
    };
  }
  void Give(absl::Status outcome) {
    MutexLock lock(mutex_);
    outcomes_.push_back(std::move(outcome));
    changed_.NotifyAll();
  }
  void WaitForAttempt(int number) {
    MutexLock lock(mutex_);
    while (attempts_ < number) changed_.Wait(mutex_);
  }
  int attempts() {
    MutexLock lock(mutex_);
    return attempts_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::deque<absl::Status> outcomes_;
  int attempts_ = 0;
};

TEST(Recovery, DoesNothingUnlessItIsAskedTo) {
  Patient patient;
  Recovery recovery(kFast, patient.Attempt());
  EXPECT_FALSE(recovery.under_way());
  EXPECT_EQ(patient.attempts(), 0);
}

TEST(Recovery, IsOneForAllWhoAsk) {
  Patient patient;
  Recovery recovery(kFast, patient.Attempt());
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(recovery.Await(recovery.successes(), absl::Milliseconds(1)).ok());
  auto patient_caller = std::async(std::launch::async, [&] { return recovery.Await(0, kLong); });
  patient.WaitForAttempt(1);
  patient.Give(absl::OkStatus());
  EXPECT_TRUE(patient_caller.get().ok());
  EXPECT_TRUE(recovery.Await(0, kLong).ok()) << "who found it broken before, and comes too late";
  EXPECT_EQ(patient.attempts(), 1);
  EXPECT_EQ(recovery.successes(), 1u);
}

TEST(Recovery, OfAnAttemptThatTakesLongOneIsToldInTime) {
  Patient patient;
  Recovery recovery(kFast, patient.Attempt());
  const absl::Status status = recovery.Await(recovery.successes(), absl::Milliseconds(10));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(GetReason(status), reason::kHsmUnavailable);
  EXPECT_TRUE(recovery.under_way());
  patient.WaitForAttempt(1);
  patient.Give(absl::OkStatus());
}

TEST(Recovery, OneThatHangsIsWaitedForNoMoreOncePatienceIsUsedUp) {
  Patient patient;
  Recovery recovery(kFast, patient.Attempt());
  EXPECT_TRUE(absl::IsUnavailable(recovery.Await(recovery.successes(), absl::Milliseconds(10))));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(absl::IsUnavailable(recovery.Await(recovery.successes(), absl::Milliseconds(10))));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
  patient.Give(absl::OkStatus());
}

TEST(Recovery, IsTriedAgainByItselfWhileWhoAsksIsToldAtOnceThatItFailed) {
  Patient patient;
  Recovery recovery({absl::Milliseconds(1), absl::Milliseconds(4), absl::Seconds(10)}, patient.Attempt());
  patient.Give(Down());
  EXPECT_EQ(recovery.Await(recovery.successes(), kLong), Down());
  patient.WaitForAttempt(2);
  EXPECT_EQ(recovery.Await(recovery.successes(), kLong), Down()) << "without waiting for the second";
  patient.Give(Down());
  patient.WaitForAttempt(3);
  patient.Give(absl::OkStatus());
  while (recovery.under_way()) std::this_thread::yield();
  EXPECT_EQ(recovery.failures(), 2u);
  EXPECT_EQ(recovery.successes(), 1u);
}

TEST(Recovery, EndsWhereRepeatingItCouldDoHarmUntilItIsAskedForAgain) {
  Patient patient;
  Recovery recovery(kFast, patient.Attempt());
  const absl::Status refused = Error(absl::StatusCode::kFailedPrecondition, reason::kHsmPinRefused, "refused");
  patient.Give(refused);
  EXPECT_EQ(recovery.Await(recovery.successes(), kLong), refused);
  EXPECT_FALSE(recovery.under_way());
  EXPECT_EQ(patient.attempts(), 1);
  patient.Give(absl::OkStatus());
  EXPECT_TRUE(recovery.Await(recovery.successes(), kLong).ok());
}

TEST(Recovery, WaitsLongerFromAttemptToAttempt) {
  Patient patient;
  Recovery recovery({absl::Milliseconds(10), absl::Milliseconds(40), absl::Seconds(10)}, patient.Attempt());
  for (int i = 0; i < 5; ++i) patient.Give(Down());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(recovery.Await(recovery.successes(), kLong).ok());
  patient.WaitForAttempt(6);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(10 + 20 + 40 + 40 + 40));
  patient.Give(absl::OkStatus());
}

TEST(Recovery, ThatSucceededIsNotRepeatedAtOnceEither) {
  Patient patient;
  Recovery recovery({absl::Hours(1), absl::Hours(1), absl::Hours(2)}, patient.Attempt());
  patient.Give(absl::OkStatus());
  ASSERT_TRUE(recovery.Await(recovery.successes(), kLong).ok());
  EXPECT_FALSE(recovery.Await(recovery.successes(), absl::Milliseconds(10)).ok());
  EXPECT_EQ(patient.attempts(), 1);
}

}  // namespace
}  // namespace signet::hsm
