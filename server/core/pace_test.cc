#include "server/core/pace.h"

#include "gtest/gtest.h"

namespace signet::core {
namespace {

constexpr int64_t kQuick = Pace::kQuickNanoseconds / 2;
constexpr int64_t kSlow = Pace::kSlowNanoseconds * 2;

TEST(Pace, IsSlowUntilSomeCallsWereQuick) {
  Pace pace;
  EXPECT_TRUE(pace.slow());
  pace.Note(1, kQuick);
  EXPECT_TRUE(pace.slow());
  for (int i = 0; i < 50; ++i) pace.Note(1, kQuick);
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, OneSlowCallAmongQuickOnesChangesNothingAndSomeDo) {
  Pace pace;
  for (int i = 0; i < 50; ++i) pace.Note(1, kQuick);
  pace.Note(1, kSlow);
  EXPECT_FALSE(pace.slow());
  for (int i = 0; i < 10; ++i) pace.Note(1, kSlow);
  EXPECT_TRUE(pace.slow());
}

TEST(Pace, BetweenQuickAndSlowItStaysAsItIs) {
  constexpr int64_t kBetween = (Pace::kQuickNanoseconds + Pace::kSlowNanoseconds) / 2;
  Pace pace;
  for (int i = 0; i < 50; ++i) pace.Note(1, kBetween);
  EXPECT_TRUE(pace.slow());
  for (int i = 0; i < 50; ++i) pace.Note(1, kQuick);
  for (int i = 0; i < 50; ++i) pace.Note(1, kBetween);
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, CallsThatAreNotedTogetherCountEach) {
  Pace pace;
  for (int i = 0; i < 10; ++i) pace.Note(16, 16 * kQuick);
  EXPECT_FALSE(pace.slow());
}

TEST(Pace, AStallIsSlowAtOnceAndForgotten) {
  Pace pace;
  for (int i = 0; i < 50; ++i) pace.Note(1, kQuick);
  pace.NoteStall();
  EXPECT_TRUE(pace.slow());
  for (int i = 0; i < 50; ++i) pace.Note(1, kQuick);
  EXPECT_FALSE(pace.slow());
}

}  // namespace
}  // namespace signet::core
