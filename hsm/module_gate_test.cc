#include "hsm/module_gate.h"

#include <future>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

TEST(ModuleGate, ManyPassAtOnceWhileItIsOpen) {
  ModuleGate gate;
  const auto first = gate.Enter();
  std::thread([&] { EXPECT_TRUE(gate.Enter()); }).join();
  EXPECT_TRUE(first);
}

TEST(ModuleGate, ClosesOnceAllHaveLeftAndThenNobodyIsIn) {
  ModuleGate gate;
  std::atomic<int> inside = 0;
  std::atomic<int> entered = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      while (!over) {
        const auto pass = gate.Enter();
        ASSERT_TRUE(pass);
        ++inside;
        ++entered;
        --inside;
      }
    });
  }
  int unguarded = 0;  // Not atomic: ThreadSanitizer sees a gate that does not order.
  for (int i = 0; i < 200; ++i) {
    const int before = entered;
    ASSERT_TRUE(gate.Close(kLong));
    EXPECT_EQ(inside, 0);
    ++unguarded;
    EXPECT_EQ(inside, 0);
    gate.Open();
    while (entered == before) std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(gate.generation(), 200u);
}

TEST(ModuleGate, APassKnowsTheGenerationThatItBelongsTo) {
  ModuleGate gate;
  EXPECT_EQ(gate.Enter()->generation(), 0u);
  ASSERT_TRUE(gate.Close(kLong));
  gate.Open();
  EXPECT_EQ(gate.Enter()->generation(), 1u);
}

TEST(ModuleGate, GivesUpClosingWhenSomebodyStaysAndLetsTheOthersIn) {
  ModuleGate gate;
  const auto hung = gate.Enter();
  EXPECT_FALSE(gate.Close(absl::Milliseconds(10)));
  std::thread([&] { EXPECT_TRUE(gate.Enter()); }).join();
  EXPECT_EQ(gate.generation(), 0u) << "nothing was done";
}

TEST(ModuleGate, DoesNotCloseAgainWhileThoseWhoStayedAreIn) {
  ModuleGate gate;
  auto hung = gate.Enter();
  EXPECT_FALSE(gate.Close(absl::Milliseconds(10)));
  std::thread([&] {
    for (int i = 0; i < 3; ++i) {
      const auto other = gate.Enter();
      EXPECT_TRUE(other);
      EXPECT_FALSE(gate.Close(kLong)) << "at once";
    }
    EXPECT_FALSE(gate.Close(kLong)) << "others that came and left make no difference";
  }).join();
  hung.reset();
  EXPECT_TRUE(gate.Close(kLong));
}

TEST(ModuleGate, WhoMeetsAClosedGateWaitsUntilItOpens) {
  ModuleGate gate;
  ASSERT_TRUE(gate.Close(kLong));
  auto waiting = std::async(std::launch::async, [&] { return gate.Enter()->generation(); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(10)), std::future_status::timeout);
  gate.Open();
  EXPECT_EQ(waiting.get(), 1u);
}

TEST(ModuleGate, WhoMeetsAGateThatStaysClosedGivesUp) {
  ModuleGate gate;
  ASSERT_TRUE(gate.Close(kLong));
  EXPECT_FALSE(gate.Enter());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(gate.Enter());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500))
      << "the patience is that of the gate, used up";
}

TEST(ModuleGate, APassCanBeHandedToAnotherThreadAndLeavesOnce) {
  ModuleGate gate;
  auto pass = gate.Enter();
  std::thread([moved = *std::move(pass)] { EXPECT_EQ(moved.generation(), 0u); }).join();
  EXPECT_TRUE(gate.Close(kLong));
}

}  // namespace
}  // namespace signet::hsm
