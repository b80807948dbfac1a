#include "server/core/settled_time.h"

#include "gtest/gtest.h"

namespace signet::core {
namespace {

class SettledTimeTest : public testing::Test {
 protected:
  // Lets time pass, and observes it.
  absl::Time After(absl::Duration duration) {
    wall_ += duration;
    monotonic_ += absl::ToChronoNanoseconds(duration);
    return time_.Observe(wall_, monotonic_);
  }
  absl::Time AfterAJumpOf(absl::Duration step) {
    wall_ += step;
    return After(absl::ZeroDuration());
  }
  void Settle() {
    After(absl::ZeroDuration());
    ASSERT_EQ(After(absl::Hours(1)), wall_);
  }

  SettledTime time_{absl::Hours(1)};
  absl::Time wall_ = absl::FromUnixSeconds(1'700'000'000);
  std::chrono::steady_clock::time_point monotonic_{std::chrono::hours(1'000)};
};

TEST_F(SettledTimeTest, TheFirstTimeIsBelievedAfterAWhile) {
  EXPECT_EQ(After(absl::ZeroDuration()), absl::InfinitePast());
  EXPECT_EQ(After(absl::Minutes(59)), absl::InfinitePast());
  EXPECT_EQ(After(absl::Minutes(1)), wall_);
  EXPECT_EQ(After(absl::Seconds(2)), wall_);
  EXPECT_EQ(After(absl::Hours(20)), wall_);
}

TEST_F(SettledTimeTest, AJumpAheadIsBelievedAfterAWhile) {
  Settle();
  const absl::Time before = wall_;
  EXPECT_EQ(AfterAJumpOf(absl::Hours(2)), before);
  EXPECT_EQ(After(absl::Minutes(59)), before + absl::Minutes(59));
  EXPECT_EQ(After(absl::Minutes(1)), wall_);
}

TEST_F(SettledTimeTest, AJumpAheadAndBackMovesNothing) {
  Settle();
  const absl::Time before = wall_;
  EXPECT_EQ(AfterAJumpOf(absl::Hours(100'000)), before);
  EXPECT_EQ(After(absl::Minutes(30)), before + absl::Minutes(30));
  EXPECT_EQ(AfterAJumpOf(absl::Hours(-100'000)), before + absl::Minutes(30));
  EXPECT_EQ(After(absl::Minutes(40)), wall_);
}

TEST_F(SettledTimeTest, IsNeverAheadOfAClockThatWasSetBack) {
  Settle();
  EXPECT_EQ(AfterAJumpOf(absl::Hours(-2)), wall_);
  EXPECT_EQ(After(absl::Hours(3)), wall_);
}

TEST_F(SettledTimeTest, GoesOnWithAClockThatJumpsAgainAndAgain) {
  Settle();
  const absl::Time before = wall_;
  for (int i = 0; i < 10; ++i) {
    AfterAJumpOf(absl::Hours(2));
    After(absl::Minutes(30));
  }
  EXPECT_EQ(After(absl::ZeroDuration()), before + absl::Hours(5));
}

TEST_F(SettledTimeTest, FollowsAClockThatIsSlewed) {
  Settle();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(AfterAJumpOf(absl::Seconds(5)), wall_);
}

TEST_F(SettledTimeTest, BearsObservationsOutOfOrder) {
  Settle();
  const absl::Time settled = time_.Observe(wall_ - absl::Seconds(1), monotonic_ - std::chrono::seconds(1));
  EXPECT_EQ(settled, wall_ - absl::Seconds(1));
  EXPECT_EQ(After(absl::Seconds(1)), wall_);
}

}  // namespace
}  // namespace signet::core
