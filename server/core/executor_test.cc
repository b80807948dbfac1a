#include "server/core/executor.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
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
  auto Task() {
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

// Hanging is a job that hangs in a marked call until it is let go, and can be given up there.
class Hanging final : public Job {
 public:
  explicit Hanging(Executor& executor, absl::Time deadline = absl::InfiniteFuture()) : executor_(executor), deadline_(deadline) {}

  void Run(int worker) override {
    worker_ = worker;
    CallMark& mark = executor_.mark(worker);
    may_call_ = mark.BeginCall();
    in_call_.set_value();
    let_go_.get_future().wait();
    was_in_time_ = mark.EndCall();
    claimed_first_ = !claimed_;
    may_call_again_ = mark.BeginCall();
    if (may_call_again_) mark.EndCall();
    ended_.set_value();
  }
  bool Claim() override { return !claimed_.exchange(true); }
  void GiveUp(const absl::Status& status) override { answer_.set_value(status); }
  absl::Time deadline() const override { return deadline_; }

  void AwaitCall() { in_call_.get_future().wait(); }
  absl::Status Answer() { return answer_.get_future().get(); }
  void LetGo() { let_go_.set_value(); }
  void AwaitEnd() { ended_.get_future().wait(); }

  int worker_ = -1;
  bool may_call_ = false;
  bool was_in_time_ = false;
  bool claimed_first_ = false;
  bool may_call_again_ = false;

 private:
  Executor& executor_;
  const absl::Time deadline_;
  std::atomic<bool> claimed_ = false;
  std::promise<void> in_call_, let_go_, ended_;
  std::promise<absl::Status> answer_;
};

// Runs a task, and returns the worker that ran it.
int RunOne(Executor& executor) {
  std::promise<int> worker;
  EXPECT_TRUE(executor.Submit([&worker](int number) { worker.set_value(number); }).ok());
  return worker.get_future().get();
}

constexpr absl::Duration kShort = absl::Milliseconds(20);

TEST(Executor, GivesUpACallThatHangsAndReplacesItsWorker) {
  Executor executor({.workers = 1, .queue_limit = 10, .spares = 1, .call_timeout = kShort});
  EXPECT_EQ(executor.workers(), 1);
  EXPECT_EQ(executor.capacity(), 2);
  auto hanging = std::make_shared<Hanging>(executor);
  ASSERT_TRUE(executor.Submit(hanging).ok());
  ExpectReason(hanging->Answer(), absl::StatusCode::kUnavailable, reason::kHsmUnavailable);
  EXPECT_EQ(executor.hung_calls(), 1u);
  EXPECT_EQ(executor.hanging_workers(), 1);
  EXPECT_NE(RunOne(executor), hanging->worker_);
  hanging->LetGo();
  hanging->AwaitEnd();
  EXPECT_TRUE(hanging->may_call_);
  EXPECT_FALSE(hanging->was_in_time_);
  EXPECT_FALSE(hanging->claimed_first_) << "the late worker knows at once that the answer was taken away";
  EXPECT_FALSE(hanging->may_call_again_);
  while (executor.hanging_workers() > 0) std::this_thread::yield();
  EXPECT_EQ(executor.hung_calls(), 1u);
}

TEST(Executor, AWorkerThatComesBackIsTheNextSpareOne) {
  Executor executor({.workers = 1, .queue_limit = 10, .spares = 1, .call_timeout = kShort});
  for (int i = 0; i < 4; ++i) {
    auto hanging = std::make_shared<Hanging>(executor);
    ASSERT_TRUE(executor.Submit(hanging).ok());
    EXPECT_TRUE(absl::IsUnavailable(hanging->Answer()));
    RunOne(executor);
    hanging->LetGo();
    hanging->AwaitEnd();
    while (executor.hanging_workers() > 0) std::this_thread::yield();
  }
  EXPECT_EQ(executor.hung_calls(), 4u);
}

TEST(Executor, WhileEveryWorkerHangsWhatWaitsIsGivenUpAndNothingAccepted) {
  Executor executor({.workers = 1, .queue_limit = 10, .spares = 1, .call_timeout = kShort});
  auto first = std::make_shared<Hanging>(executor), second = std::make_shared<Hanging>(executor),
       waiting = std::make_shared<Hanging>(executor);
  for (const auto& job : {first, second, waiting}) ASSERT_TRUE(executor.Submit(job).ok());
  for (const auto& job : {first, second, waiting}) {
    ExpectReason(job->Answer(), absl::StatusCode::kUnavailable, reason::kHsmUnavailable);
  }
  EXPECT_EQ(waiting->worker_, -1);
  EXPECT_EQ(executor.queue_depth(), 0u);
  EXPECT_EQ(executor.hanging_workers(), 2);
  ExpectReason(executor.Submit([](int) {}), absl::StatusCode::kUnavailable, reason::kHsmUnavailable);
  first->LetGo();
  first->AwaitEnd();
  while (executor.hanging_workers() > 1) std::this_thread::yield();
  EXPECT_EQ(RunOne(executor), first->worker_) << "it rejoins";
  second->LetGo();
}

TEST(Executor, ACallWhoseDeadlinePassesIsAnsweredThoughItsWorkerIsNotGivenUp) {
  Executor executor({.workers = 1, .queue_limit = 10, .spares = 1, .call_timeout = absl::Hours(1)});
  auto late = std::make_shared<Hanging>(executor, absl::Now() + kShort);
  ASSERT_TRUE(executor.Submit(late).ok());
  ExpectReason(late->Answer(), absl::StatusCode::kDeadlineExceeded, reason::kDeadlinePassed);
  EXPECT_EQ(executor.hung_calls(), 0u);
  EXPECT_EQ(executor.hanging_workers(), 0);
  late->LetGo();
  late->AwaitEnd();
  EXPECT_FALSE(late->was_in_time_);
  EXPECT_EQ(RunOne(executor), late->worker_);
}

TEST(Executor, ATaskIsNotGivenUpOutsideOfMarkedCalls) {
  Executor executor({.workers = 2, .queue_limit = 10, .call_timeout = kShort});
  Gate gate;
  ASSERT_TRUE(executor.Submit(gate.Task()).ok());
  gate.AwaitReached();
  auto hanging = std::make_shared<Hanging>(executor);
  ASSERT_TRUE(executor.Submit(hanging).ok());
  EXPECT_TRUE(absl::IsUnavailable(hanging->Answer()));
  EXPECT_EQ(executor.hung_calls(), 1u) << "the younger one alone";
  hanging->LetGo();
}

TEST(Executor, WatchesTasksAsAWholeIfItIsToAndLetsThemEndInTheirOwnTime) {
  std::atomic<bool> ended = false;
  Executor executor({.workers = 1, .queue_limit = 10, .spares = 1, .watch = Executor::Watch::kTasks, .call_timeout = kShort});
  Gate gate;
  ASSERT_TRUE(executor
                  .Submit([task = gate.Task(), &ended](int worker) mutable {
                    task(worker);
                    ended = true;
                  })
                  .ok());
  RunOne(executor);
  EXPECT_EQ(executor.hung_calls(), 1u);
  EXPECT_EQ(executor.hanging_workers(), 1);
  EXPECT_FALSE(ended);
  gate.Open();
  while (executor.hanging_workers() > 0) std::this_thread::yield();
  EXPECT_TRUE(ended);
}

TEST(Executor, ShutdownWaitsForNoCallThatHangs) {
  auto executor =
      std::make_unique<Executor>(Executor::Options{.workers = 1, .queue_limit = 10, .spares = 1, .call_timeout = kShort});
  int ran = 0;
  auto hanging = std::make_shared<Hanging>(*executor);
  ASSERT_TRUE(executor->Submit(hanging).ok());
  ASSERT_TRUE(executor->Submit([&ran](int) { ++ran; }).ok());
  executor->Shutdown();
  EXPECT_EQ(ran, 1);
  EXPECT_TRUE(absl::IsUnavailable(hanging->Answer()));
  EXPECT_EQ(executor->hanging_workers(), 1);
  hanging->LetGo();
  executor = nullptr;  // Waits for it.
  hanging->AwaitEnd();
}

TEST(Executor, CallsThatAreJustInTimeAndCallsThatAreGivenUpAreNeverBoth) {
  // As short as a call: half of them are given up.
  Executor executor({.workers = 2, .queue_limit = 1000, .spares = 2, .call_timeout = absl::Microseconds(100)});
  struct Racer final : Job {
    explicit Racer(Executor& in) : executor(in) {}
    void Run(int worker) override {
      CallMark& mark = executor.mark(worker);
      mark.BeginCall();
      const absl::Time end = absl::Now() + Executor::kLookInterval;
      while (absl::Now() < end) std::this_thread::yield();
      const bool in_time = mark.EndCall();
      if (in_time == claimed) wrong = true;
      if (in_time) ++answers;
      ended.set_value();
    }
    bool Claim() override { return !claimed.exchange(true); }
    void GiveUp(const absl::Status&) override { ++answers; }
    Executor& executor;
    std::atomic<bool> claimed = false;
    std::atomic<bool> wrong = false;
    std::atomic<int> answers = 0;
    std::promise<void> ended;
  };
  std::vector<std::shared_ptr<Racer>> racers;
  for (int i = 0; i < 20; ++i) {
    racers.push_back(std::make_shared<Racer>(executor));
    if (!executor.Submit(racers.back()).ok()) racers.pop_back();  // All four hang.
  }
  executor.Shutdown();
  for (const auto& racer : racers) {
    EXPECT_FALSE(racer->wrong);
    EXPECT_EQ(racer->answers, 1);
  }
}

}  // namespace
}  // namespace signet::core
