#include "clients/cli/signal_catch.h"

#include <signal.h>

#include <functional>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

TEST(InterruptibleWaitTest, WaitsSoLong) {
  const absl::Time start = absl::Now();
  EXPECT_TRUE(InterruptibleWait()(absl::Milliseconds(20)));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
}

TEST(InterruptibleWaitTest, CtrlCBetweenTwoWaitsEndsTheSecondAtOnceAndNotTheProgram) {
  const std::function<bool(absl::Duration)> wait = InterruptibleWait();
  EXPECT_TRUE(wait(absl::ZeroDuration()));
  raise(SIGINT);
  EXPECT_FALSE(wait(absl::Hours(1)));
}

TEST(InterruptibleWaitTest, CtrlCBeforeTheFirstWaitEndsItToo) {
  const std::function<bool(absl::Duration)> wait = InterruptibleWait();
  raise(SIGINT);
  EXPECT_FALSE(wait(absl::Hours(1)));
}

TEST(InterruptibleWaitTest, AfterwardsCtrlCEndsTheProgramAgain) {
  InterruptibleWait()(absl::ZeroDuration());
  EXPECT_EXIT(raise(SIGINT), testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace signet::cli
