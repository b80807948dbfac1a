#include "server/core/pace.h"

#include <chrono>

#include "gtest/gtest.h"

namespace signet::core {
namespace {

constexpr int64_t kQuick = Pace::kQuickNanoseconds / 2;
constexpr int64_t kSlow = Pace::kSlowNanoseconds * 2;

void Note(Pace& pace, int calls, int64_t nanoseconds) {
  for (int i = 0; i < calls; ++i) pace.Note(1, nanoseconds);
}

TEST(Pace, IsSlowUntilMostCallsWereQuick) {
  Pace pace;
  EXPECT_TRUE(pace.slow());
  Note(pace, Pace::kMemory / 2, kQuick);
  EXPECT_TRUE(pace.slow());
  Note(pace, 1, kQuick);
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, SomeSlowCallsAmongQuickOnesChangeNothingHoweverSlowAndMostDo) {
  Pace pace;
  Note(pace, Pace::kMemory, kQuick);
  Note(pace, Pace::kMemory / 2, 1000 * kSlow);
  EXPECT_FALSE(pace.slow());
  Note(pace, 1, kSlow);
  EXPECT_TRUE(pace.slow());
}

TEST(Pace, BetweenQuickAndSlowItStaysAsItIs) {
  constexpr int64_t kBetween = (Pace::kQuickNanoseconds + Pace::kSlowNanoseconds) / 2;
  Pace pace;
  Note(pace, 50, kBetween);
  EXPECT_TRUE(pace.slow());
  Note(pace, Pace::kMemory, kQuick);
  Note(pace, 50, kBetween);
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, CallsThatAreNotedTogetherCountEach) {
  Pace pace;
  pace.Note(100, 100 * kQuick);
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, AStallIsSlowAtOnceAndForgotten) {
  Pace pace;
  Note(pace, Pace::kMemory, kQuick);
  pace.NoteStall();
  EXPECT_TRUE(pace.slow());
  Note(pace, Pace::kMemory, kQuick);
  EXPECT_FALSE(pace.slow());
}

// PaceTrialTest has calls be slow from the time Now() on.
class PaceTrialTest : public testing::Test {
 protected:
  PaceTrialTest() { EXPECT_FALSE(pace_.Try(now_)); }
  // Whether a trial begins after a further `delay`.
  bool Try(std::chrono::milliseconds delay) { return pace_.Try(now_ += delay); }
  // Has a trial fail that is under way, and the time to the next begin.
  void Fail() {
    Note(pace_, Pace::kTrialFailures, kSlow);
    EXPECT_TRUE(pace_.slow());
    EXPECT_FALSE(Try(std::chrono::milliseconds(0)));
  }

  Pace pace_;
  Pace::TimePoint now_ = std::chrono::steady_clock::now();
};

TEST_F(PaceTrialTest, BeginsWhenCallsWereSlowForAWhile) {
  EXPECT_FALSE(Try(Pace::kMinTrialDelay / 2));
  EXPECT_TRUE(pace_.slow());
  EXPECT_TRUE(Try(Pace::kMinTrialDelay / 2));
  EXPECT_FALSE(pace_.slow());
  EXPECT_FALSE(Try(Pace::kMaxTrialDelay)) << "while they are not slow there is nothing to try";
}

TEST_F(PaceTrialTest, LeavesCallsQuickIfTheyAre) {
  ASSERT_TRUE(Try(Pace::kMinTrialDelay));
  Note(pace_, Pace::kTrialFailures - 1, kSlow);
  EXPECT_FALSE(pace_.slow());
  Note(pace_, Pace::kMemory, kQuick);
  Note(pace_, Pace::kMemory / 2, kSlow);
  EXPECT_FALSE(pace_.slow());
}

TEST_F(PaceTrialTest, FailsAfterAFewSlowCallsAndTheNextOneIsLater) {
  ASSERT_TRUE(Try(Pace::kMinTrialDelay));
  Fail();
  EXPECT_FALSE(Try(Pace::kMinTrialDelay));
  EXPECT_TRUE(Try(Pace::kMinTrialDelay));
}

TEST_F(PaceTrialTest, IsNotPutOffForEver) {
  ASSERT_TRUE(Try(Pace::kMinTrialDelay));
  for (int i = 0; i < 50; ++i) {
    Fail();
    ASSERT_TRUE(Try(Pace::kMaxTrialDelay));
  }
}

TEST_F(PaceTrialTest, ThatSucceedsHasTheNextOneComeSoonAgain) {
  ASSERT_TRUE(Try(Pace::kMinTrialDelay));
  Fail();
  ASSERT_TRUE(Try(2 * Pace::kMinTrialDelay));
  Note(pace_, Pace::kMemory, kQuick);
  Note(pace_, Pace::kMemory, kSlow);
  EXPECT_TRUE(pace_.slow());
  EXPECT_FALSE(Try(std::chrono::milliseconds(0)));
  EXPECT_TRUE(Try(Pace::kMinTrialDelay));
}

TEST_F(PaceTrialTest, EndsWithAStall) {
  ASSERT_TRUE(Try(Pace::kMinTrialDelay));
  pace_.NoteStall();
  EXPECT_TRUE(pace_.slow());
}

}  // namespace
}  // namespace signet::core
