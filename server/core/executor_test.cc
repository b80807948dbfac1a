#include "server/core/executor.h"

#include <atomic>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

using testing::ElementsAre;

// Gate is a task that tells when it runs and keeps its thread until the gate is opened, at the latest by the destructor: so declare
// it after the executor, which waits for its tasks.
class Gate {
 public:
  ~Gate() { Open(); }
  Executor::Task Task() {
    return [reached = reached_, opened = opened_.get_future().share()](int) {
      reached->set_value();
      opened.wait();
    };
  }
  void AwaitReached() { reached_->get_future().wait(); }
  void Open() {
    if (!std::exchange(is_open_, true)) opened_.set_value();
  }

 private:
  const std::shared_ptr<std::promise<void>> reached_ = std::make_shared<std::promise<void>>();  // Shared with the task.
  std::promise<void> opened_;
  bool is_open_ = false;
};

void ExpectReason(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason);
}

TEST(Executor, RunsTasksInTheOrderOfSubmission) {
  std::vector<int> order;
  Executor executor({.workers = 1, .queue_limit = 10});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(executor.Submit([&order, i](int) { order.push_back(i); }).ok());
  gate.Open();
  executor.Shutdown();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Executor, SaysQueueFullAtOnceWhenAllThreadsAreBusyAndTheQueueIsFull) {
  int ran = 0;
  Executor executor({.workers = 1, .queue_limit = 2});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  gate.AwaitReached();
  ASSERT_TRUE(executor.Submit([&ran](int) { ++ran; }).ok());
  ASSERT_TRUE(executor.Submit([&ran](int) { ++ran; }).ok());
  EXPECT_EQ(executor.queue_depth(), 2u);
  ExpectReason(executor.Submit([&ran](int) { ++ran; }), absl::StatusCode::kResourceExhausted, reason::kQueueFull);
  EXPECT_EQ(executor.queue_depth(), 2u);
  gate.Open();
  executor.Shutdown();
  EXPECT_EQ(ran, 2) << "the refused task is dropped unrun";
  EXPECT_EQ(executor.queue_depth(), 0u);
}

TEST(Executor, OwnersTakeTurnsSoThatAFloodOfOneLetsTheOthersWaitForOneTask) {
  std::string order;
  Executor executor({.workers = 1, .queue_limit = 100});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  gate.AwaitReached();
  const auto submit = [&](char name, const std::string& owner) {
    ASSERT_TRUE(executor.Submit([&order, name](int) { order += name; }, owner).ok());
  };
  for (const char name : {'1', '2', '3', '4', '5'}) submit(name, "flood");
  for (const char name : {'a', 'b'}) submit(name, "other");
  submit('x', "");
  gate.Open();
  executor.Shutdown();
  EXPECT_EQ(order, "1ax2b345");
}

TEST(Executor, AnOwnerGetsHalfOfTheQueueAtMost) {
  Executor executor({.workers = 1, .queue_limit = 4});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  gate.AwaitReached();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(executor.Submit([](int) {}, "flood").ok());
  ExpectReason(executor.Submit([](int) {}, "flood"), absl::StatusCode::kResourceExhausted, reason::kQueueFull);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(executor.Submit([](int) {}, "other").ok());
  ExpectReason(executor.Submit([](int) {}, ""), absl::StatusCode::kResourceExhausted, reason::kQueueFull);
}

TEST(Executor, AcceptsAsManyTasksAsItHasIdleThreadsBeyondTheLimit) {
  Executor executor({.workers = 2, .queue_limit = 1});
  Gate first, second;
  // Whether the threads have woken up yet or not: two run, and one waits.
  ASSERT_TRUE(executor.Submit(first.Task()).ok());
  ASSERT_TRUE(executor.Submit(second.Task()).ok());
  ASSERT_TRUE(executor.Submit([](int) {}).ok());
  ExpectReason(executor.Submit([](int) {}), absl::StatusCode::kResourceExhausted, reason::kQueueFull);
  first.Open();
  second.Open();
}

TEST(Executor, TellsEachTaskAWorkerThatRunsNoOtherTaskMeanwhile) {
  constexpr int kWorkers = 4;
  std::atomic<int> busy[kWorkers] = {};
  std::atomic<bool> shared = false;
  std::atomic<bool> out_of_range = false;
  {
    Executor executor({.workers = kWorkers, .queue_limit = 1000});
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(executor
                      .Submit([&](int worker) {
                        if (worker < 0 || worker >= kWorkers) {
                          out_of_range = true;
                          return;
                        }
                        if (busy[worker].fetch_add(1) != 0) shared = true;
                        busy[worker].fetch_sub(1);
                      })
                      .ok());
    }
  }
  EXPECT_FALSE(shared);
  EXPECT_FALSE(out_of_range);
}

TEST(Executor, ShutdownRunsWhatWasQueuedAndThenRefuses) {
  int ran = 0;
  Executor executor({.workers = 1, .queue_limit = 10});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(executor.Submit([&ran](int) { ++ran; }).ok());
  gate.Open();
  executor.Shutdown();
  EXPECT_EQ(ran, 10);
  ExpectReason(executor.Submit([&ran](int) { ++ran; }), absl::StatusCode::kUnavailable, reason::kShuttingDown);
  executor.Shutdown();
  EXPECT_EQ(ran, 10);
}

TEST(Executor, ShutdownFromSeveralThreadsReturnsToEachWhenAllIsDone) {
  std::atomic<bool> ran = false;
  Executor executor({.workers = 1, .queue_limit = 10});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  ASSERT_TRUE(executor.Submit([&ran](int) { ran = true; }).ok());
  auto stop = [&] {
    executor.Shutdown();
    return ran.load();
  };
  auto one = std::async(std::launch::async, stop);
  auto other = std::async(std::launch::async, stop);
  gate.Open();
  EXPECT_TRUE(one.get());
  EXPECT_TRUE(other.get());
}

TEST(Executor, ATaskMaySubmitAnother) {
  std::promise<int> done;
  Executor executor({.workers = 1, .queue_limit = 1});
  ASSERT_TRUE(executor
                  .Submit([&](int) {
                    const absl::Status status = executor.Submit([&](int) { done.set_value(2); });
                    if (!status.ok()) done.set_value(1);
                  })
                  .ok());
  EXPECT_EQ(done.get_future().get(), 2);
}

TEST(Executor, ATaskThatSubmitsDuringShutdownIsRefused) {
  absl::Status status;
  Executor executor({.workers = 1, .queue_limit = 10});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  ASSERT_TRUE(executor
                  .Submit([&](int) {
                    // Polls until Shutdown has begun; what it submits before that runs harmlessly.
                    do {
                      status = executor.Submit([](int) {});
                    } while (!absl::IsUnavailable(status));
                  })
                  .ok());
  gate.Open();
  executor.Shutdown();
  ExpectReason(status, absl::StatusCode::kUnavailable, reason::kShuttingDown);
}

TEST(Executor, TheDestructorRunsWhatWasQueued) {
  int ran = 0;
  {
    Executor executor({.workers = 1, .queue_limit = 100});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(executor.Submit([&ran](int) { ++ran; }).ok());
  }
  EXPECT_EQ(ran, 100);
}

TEST(Executor, ARefusedTaskAndARunTaskBothReleaseWhatTheyHold) {
  auto held = std::make_shared<int>(0);
  Executor executor({.workers = 1, .queue_limit = 1});
  ASSERT_TRUE(executor.Submit([held](int) {}).ok());
  executor.Shutdown();
  EXPECT_FALSE(executor.Submit([held](int) {}).ok());
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Executor, TreatsZeroWorkersAndZeroQueueAsOne) {
  int ran = 0;
  Executor executor({.workers = 0, .queue_limit = 0});
  ASSERT_TRUE(executor.Submit([&ran](int) { ++ran; }).ok());
  executor.Shutdown();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace signet::core
