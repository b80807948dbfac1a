// The executor with a source that its workers look into.
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "gtest/gtest.h"
#include "server/core/executor.h"
#include "server/core/work_source.h"

namespace signet::core {
namespace {

// FakeSource hands out events, and counts how often it was flushed.
class FakeSource final : public WorkSource {
 public:
  using Event = std::function<void()>;

  void Add(Event event) {
    MutexLock lock(mutex_);
    events_.push_back(std::move(event));
    bell_.NotifyAll();
  }
  // Has `event` handled, and waits for that.
  void Handle(Event event) {
    std::promise<void> handled;
    Add([&] {
      event();
      handled.set_value();
    });
    handled.get_future().wait();
  }
  int flushed() const { return flushed_; }

  void Poll(Wait wait) override {
    EXPECT_FALSE(polling_.exchange(true)) << "two threads look into it";
    std::deque<Event> events;
    {
      MutexLock lock(mutex_);
      while (wait == Wait::kUntilWoken && events_.empty() && !woken_) bell_.Wait(mutex_);
      if (wait == Wait::kUntilWoken) woken_ = false;
      events.swap(events_);
    }
    for (const Event& event : events) event();
    polling_ = false;
  }
  void Wake() override {
    MutexLock lock(mutex_);
    woken_ = true;
    bell_.NotifyAll();
  }
  void Flush() override { ++flushed_; }

 private:
  std::atomic<bool> polling_ = false;
  std::atomic<int> flushed_ = 0;
  Mutex mutex_;
  CondVar bell_;
  std::deque<Event> events_ ABSL_GUARDED_BY(mutex_);
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

class ExecutorSourceTest : public testing::Test {
 protected:
  static constexpr std::chrono::seconds kCallTimeout{60};

  explicit ExecutorSourceTest(int workers = 2)
      : executor_({.workers = workers, .queue_limit = 1000, .spares = 1, .call_timeout = absl::FromChrono(kCallTimeout)}) {
    executor_.Attach(source_);
  }
  ~ExecutorSourceTest() override { executor_.Detach(); }

  // Runs a job with a call that takes no time, found in the source, and returns whether the thread that found it also ran it, in a
  // turn.
  bool RunQuickly() {
    std::promise<bool> inline_promise;
    source_.Add([&] {
      EXPECT_TRUE(executor_
                      .Submit([&, finder = std::this_thread::get_id()](int worker) {
                        executor_.mark(worker).BeginCall();
                        executor_.mark(worker).EndCall();
                        inline_promise.set_value(finder == std::this_thread::get_id() && Executor::InTurn());
                      })
                      .ok());
    });
    return inline_promise.get_future().get();
  }
  // Has calls be quick until workers look into the source themselves.
  void BecomeQuick() {
    while (!RunQuickly()) {
    }
  }

  // A job with a call that does not return until it is let go.
  class Hang {
   public:
    auto Job(Executor& executor) {
      return [&](int worker) {
        executor.mark(worker).BeginCall();
        begun_.set_value();
        gate_.get_future().wait();
        executor.mark(worker).EndCall();
      };
    }
    void AwaitBegin() { begun_.get_future().wait(); }
    void LetGo() { gate_.set_value(); }

   private:
    std::promise<void> begun_;
    std::promise<void> gate_;
  };

  FakeSource source_;
  Executor executor_;
};

TEST_F(ExecutorSourceTest, AnotherThreadLooksIntoItUntilCallsAreKnownToBeQuick) {
  EXPECT_FALSE(RunQuickly());
  BecomeQuick();
}

TEST_F(ExecutorSourceTest, WhatAJobAnsweredInATurnIsFlushedAfterIt) {
  BecomeQuick();
  const int flushed = source_.flushed();
  while (!RunQuickly()) {
  }
  while (source_.flushed() == flushed) std::this_thread::yield();
}

TEST_F(ExecutorSourceTest, ATurnRunsSeveralJobsAndIsFlushedOnce) {
  BecomeQuick();
  // The turn before has ended.
  source_.Handle([] {});
  const int flushed = source_.flushed();
  std::atomic<int> ran = 0;
  source_.Handle([&] {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(executor_.Submit([&](int) { ++ran; }).ok());
  });
  source_.Handle([] {});
  EXPECT_EQ(ran, 4);
  EXPECT_LE(source_.flushed() - flushed, 2) << "a busy machine may cut a turn in two";
}

TEST_F(ExecutorSourceTest, ACallThatDoesNotReturnHoldsUpNeitherTheSourceNorOtherJobs) {
  BecomeQuick();
  Hang hang;
  source_.Add([&] { ASSERT_TRUE(executor_.Submit(hang.Job(executor_)).ok()); });
  std::promise<void> ran;
  source_.Handle([&] { ASSERT_TRUE(executor_.Submit([&](int) { ran.set_value(); }).ok()); });
  ran.get_future().wait();
  hang.LetGo();
  BecomeQuick();
}

TEST_F(ExecutorSourceTest, TheSourceIsLookedIntoWhileAShutdownWaitsForACall) {
  BecomeQuick();
  Hang hang;
  source_.Add([&] { ASSERT_TRUE(executor_.Submit(hang.Job(executor_)).ok()); });
  hang.AwaitBegin();
  std::thread shutdown([&] { executor_.Shutdown(); });
  std::promise<void> handled;
  source_.Add([&] { handled.set_value(); });
  EXPECT_EQ(handled.get_future().wait_for(kCallTimeout / 2), std::future_status::ready) << "only now that the call is given up";
  hang.LetGo();
  shutdown.join();
}

TEST_F(ExecutorSourceTest, WhileAllWorkersAreBusyTheSourceIsLookedInto) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(executor_.Submit([opened](int) { opened.wait(); }).ok());
  bool handled = false;
  source_.Handle([&] { handled = true; });
  EXPECT_TRUE(handled);
  gate.set_value();
}

TEST_F(ExecutorSourceTest, AfterAShutdownTheSourceIsLookedIntoUntilItIsDetached) {
  BecomeQuick();
  executor_.Shutdown();
  absl::Status submitted;
  source_.Handle([&] { submitted = executor_.Submit([](int) {}); });
  EXPECT_TRUE(absl::IsUnavailable(submitted));
  executor_.Detach();
  bool handled = false;
  source_.Add([&] { handled = true; });
  EXPECT_FALSE(handled);
}

TEST_F(ExecutorSourceTest, WithoutTheSourceItRunsJobsAsBefore) {
  BecomeQuick();
  executor_.Detach();
  std::promise<bool> in_turn;
  ASSERT_TRUE(executor_.Submit([&](int) { in_turn.set_value(Executor::InTurn()); }).ok());
  EXPECT_FALSE(in_turn.get_future().get());
}

class OneWorkerSourceTest : public ExecutorSourceTest {
 protected:
  OneWorkerSourceTest() : ExecutorSourceTest(1) {}
};

TEST_F(OneWorkerSourceTest, AJobFromElsewhereEndsTheWaitOfTheOnlyWorkerInTheSource) {
  BecomeQuick();
  for (int i = 0; i < 100; ++i) {
    std::promise<void> ran;
    ASSERT_TRUE(executor_.Submit([&](int) { ran.set_value(); }).ok());
    ran.get_future().wait();
  }
}

class FourWorkersSourceTest : public ExecutorSourceTest {
 protected:
  FourWorkersSourceTest() : ExecutorSourceTest(4) {}
};

TEST_F(FourWorkersSourceTest, AJobFromElsewhereDoesNotWaitForACallThatDoesNotReturn) {
  BecomeQuick();
  Hang hang;
  ASSERT_TRUE(executor_.Submit(hang.Job(executor_)).ok());
  hang.AwaitBegin();
  std::promise<void> ran;
  ASSERT_TRUE(executor_.Submit([&](int) { ran.set_value(); }).ok());
  EXPECT_EQ(ran.get_future().wait_for(kCallTimeout / 2), std::future_status::ready) << "only now that the call is given up";
  hang.LetGo();
}

// Calls that return when their workers are just given up: such a worker ends while its seat is given to another.
TEST(ExecutorSource, WorkersComeBackWhileOthersAreGivenUp) {
  constexpr int kRounds = 300;
  FakeSource source;
  Executor executor({.workers = 2, .queue_limit = 1000, .spares = 2, .call_timeout = absl::Milliseconds(1), .quick_workers = 2});
  executor.Attach(source);
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> left = 2;
    std::promise<void> done;
    for (int i = 0; i < 2; ++i) {
      const auto hang = [&, i](int worker) {
        executor.mark(worker).BeginCall();
        std::this_thread::sleep_for(std::chrono::microseconds(1000 + 5000 * i));
        executor.mark(worker).EndCall();
        if (--left == 0) done.set_value();
      };
      source.Add([&, hang] {
        while (!executor.Submit(hang).ok()) std::this_thread::yield();
      });
    }
    done.get_future().wait();
  }
  executor.Shutdown();
  executor.Detach();
}

// CrowdSourceTest has kWorkers workers, one of which is to run while calls are quick, and keeps kCalls calls in the executor.
class CrowdSourceTest : public testing::Test {
 protected:
  static constexpr int kWorkers = 8;
  static constexpr int kCalls = 16;

  CrowdSourceTest() { executor_.Attach(source_); }
  ~CrowdSourceTest() override { End(); }

  // Begins the calls. `take` is what one does, and is told how many are made at that time.
  void Begin(std::function<void(int calls)> take) {
    take_ = std::move(take);
    for (int i = 0; i < kCalls; ++i) Call();
  }
  // To be called before what `take` uses is gone.
  void End() {
    over_ = true;
    executor_.Shutdown();
    executor_.Detach();
  }

 private:
  void Call() {
    source_.Add([this] {
      const absl::Status submitted = executor_.Submit([this](int worker) {
        executor_.mark(worker).BeginCall();
        take_(++under_way_);
        --under_way_;
        executor_.mark(worker).EndCall();
        if (!over_) Call();
      });
      EXPECT_TRUE(submitted.ok() || over_) << submitted;
    });
  }

  std::function<void(int calls)> take_;
  std::atomic<int> under_way_ = 0;
  std::atomic<bool> over_ = false;
  FakeSource source_;
  Executor executor_{{.workers = kWorkers, .queue_limit = 1000, .call_timeout = absl::Seconds(60)}};
};

TEST_F(CrowdSourceTest, CallsThatAreSlowBecauseOfEachOtherAreSoonMadeOneByOne) {
  std::promise<void> done;
  std::atomic<int> alone = 0;
  std::atomic<bool> is_done = false;
  Begin([&](int calls) {
    if (calls > 1) {
      alone = 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } else if (++alone >= 100 && !is_done.exchange(true)) {
      done.set_value();
    }
  });
  done.get_future().wait();
  End();
}

TEST_F(CrowdSourceTest, CallsThatAreSlowOneByOneAreMadeByAllWorkers) {
  std::promise<void> all;
  std::atomic<bool> seen = false;
  Begin([&](int calls) {
    if (calls == kWorkers && !seen.exchange(true)) all.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  all.get_future().wait();
  End();
}

TEST_F(ExecutorSourceTest, JobsFromEverywhereAllRun) {
  constexpr int kThreads = 3;
  constexpr int kJobs = 300;
  std::atomic<int> ran = 0;
  const auto job = [&](int worker) {
    executor_.mark(worker).BeginCall();
    // Some are slow, so that workers and the stand-in take turns.
    if (ran % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    executor_.mark(worker).EndCall();
    ++ran;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, from_source = i == 0] {
      for (int k = 0; k < kJobs; ++k) {
        const auto submit = [&] {
          while (!executor_.Submit(job).ok()) std::this_thread::yield();
        };
        from_source ? source_.Add(submit) : submit();
      }
      source_.Handle([] {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  executor_.Shutdown();
  EXPECT_EQ(ran, kThreads * kJobs);
}

}  // namespace
}  // namespace signet::core
