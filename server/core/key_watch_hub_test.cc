#include "server/core/key_watch_hub.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

// FakeWatcher asks for a read when it is woken, unless it waits for one, and notes what happens to it.
class FakeWatcher : public KeyWatcher, public std::enable_shared_from_this<FakeWatcher> {
 public:
  FakeWatcher(KeyWatchHub& hub, const std::string& tenant) : hub_(hub), tenant_(tenant) {}

  const keystore::TenantId& tenant() const override { return tenant_; }
  void Wake() override {
    if (!waits_.exchange(true)) hub_.RequestRead(shared_from_this());
  }
  void Read() override {
    waits_ = false;
    Note([this] { ++reads_; });
  }
  void Check() override {
    Note([this] { ++checks_; });
  }
  void End(const absl::Status& status) override {
    Note([&] { ended_ = status; });
  }

  void AwaitReads(int count) {
    MutexLock lock(mutex_);
    while (reads_ < count) noted_.Wait(mutex_);
  }
  void AwaitChecks(int count) {
    MutexLock lock(mutex_);
    while (checks_ < count) noted_.Wait(mutex_);
  }
  absl::Status AwaitEnd() {
    MutexLock lock(mutex_);
    while (ended_.ok()) noted_.Wait(mutex_);
    return ended_;
  }
  int reads() {
    MutexLock lock(mutex_);
    return reads_;
  }

 private:
  template <typename Function>
  void Note(Function function) {
    MutexLock lock(mutex_);
    function();
    noted_.NotifyAll();
  }

  KeyWatchHub& hub_;
  const keystore::TenantId tenant_;
  std::atomic<bool> waits_ = false;
  Mutex mutex_;
  CondVar noted_;
  int reads_ = 0;
  int checks_ = 0;
  absl::Status ended_;
};

// Without looks of its own, unless a test sets look_interval.
class KeyWatchHubTest : public CoreTest {
 protected:
  KeyWatchHub& Hub(KeyWatchHub::Options options = {.look_interval = absl::Hours(1)}) {
    hub_ = std::make_unique<KeyWatchHub>(options, directory(), executor_);
    return *hub_;
  }
  std::shared_ptr<FakeWatcher> NewWatcher(const std::string& tenant, const std::string& owner = "") {
    auto watcher = std::make_shared<FakeWatcher>(*hub_, tenant);
    EXPECT_THAT(hub_->Add(watcher, owner), IsOk());
    return watcher;
  }
  // Returns when all who were woken before have read.
  void AwaitTurn() {
    const auto last = NewWatcher("last");
    last->Wake();
    last->AwaitReads(1);
  }
  // Keeps the executor's one thread busy until `go_on_` is set.
  void HoldUp() { HoldUp(executor_); }
  void HoldUp(Executor& executor) {
    std::promise<void> reached;
    const auto submitted = executor.Submit([this, &reached](int) {
      reached.set_value();
      go_on_.get_future().wait();
    });
    ASSERT_THAT(submitted, IsOk());
    reached.get_future().wait();
  }

  std::promise<void> go_on_;
  Executor executor_{{.workers = 1, .queue_limit = 2}};
  std::unique_ptr<KeyWatchHub> hub_;
};

TEST_F(KeyWatchHubTest, EveryWatcherIsHadToCheckItsCallerTimeAndAgainThoughNothingChanges) {
  Hub({.look_interval = absl::Hours(1), .check_interval = absl::Milliseconds(1)});
  const auto first = NewWatcher("acme"), second = NewWatcher("acme");
  first->AwaitChecks(3);
  second->AwaitChecks(3);
  EXPECT_EQ(first->reads(), 0);
}

TEST_F(KeyWatchHubTest, AChangeWakesTheWatchersOfItsTenantAndNoOther) {
  NewTenantNamed("other");
  Hub();
  const auto first = NewWatcher("acme"), second = NewWatcher("acme"), other = NewWatcher("other");
  ASSERT_THAT(rings().Create({keystore::TenantId("other"), keystore::RingId("r")}, {}, Call()), IsOk());
  other->AwaitReads(1);
  AwaitTurn();
  EXPECT_EQ(first->reads(), 0);
  EXPECT_EQ(second->reads(), 0);
  NewKey();
  first->AwaitReads(1);
  second->AwaitReads(1);
}

TEST_F(KeyWatchHubTest, ARevisionThatMovesForOthersWakesEachWatcherOnce) {
  NewTenantNamed("other");
  Hub({.look_interval = absl::Milliseconds(5)});
  const auto watcher = NewWatcher("nobody");
  watcher->AwaitReads(1);
  ASSERT_THAT(rings().Create({keystore::TenantId("other"), keystore::RingId("r")}, {}, Call()), IsOk());
  watcher->AwaitReads(2);
  // Many looks later.
  for (int i = 0; i < 5; ++i) NewWatcher("nobody")->AwaitReads(1);
  AwaitTurn();
  EXPECT_EQ(watcher->reads(), 2);
}

TEST_F(KeyWatchHubTest, TakesNoMoreWatchersThanItsLimitUntilOneIsRemoved) {
  Hub({.max_watchers = 2, .look_interval = absl::Hours(1)});
  const auto first = NewWatcher("acme"), second = NewWatcher("acme");
  const auto third = std::make_shared<FakeWatcher>(*hub_, "acme");
  EXPECT_THAT(hub_->Add(third, ""), IsError(absl::StatusCode::kResourceExhausted, reason::kWatchLimit));
  hub_->Remove(third);
  EXPECT_THAT(hub_->Add(third, ""), IsError(absl::StatusCode::kResourceExhausted, reason::kWatchLimit));
  hub_->Remove(first);
  EXPECT_THAT(hub_->Add(third, ""), IsOk());
}

TEST_F(KeyWatchHubTest, ATenantGetsHalfOfThePlacesWhoeversKeysItWatches) {
  Hub({.max_watchers = 4, .look_interval = absl::Hours(1)});
  const auto first = NewWatcher("acme", "a"), second = NewWatcher("other", "a");
  const auto third = std::make_shared<FakeWatcher>(*hub_, "acme");
  EXPECT_THAT(hub_->Add(third, "a"), IsError(absl::StatusCode::kResourceExhausted, reason::kWatchLimit));
  NewWatcher("acme", "b");
  hub_->Remove(first);
  EXPECT_THAT(hub_->Add(third, "a"), IsOk());
}

TEST_F(KeyWatchHubTest, TriesAgainWhenTheQueueWasFull) {
  Hub({.look_interval = absl::Hours(1), .retry_delay = absl::Milliseconds(1)});
  const auto watcher = NewWatcher("acme");
  HoldUp();
  for (int i = 0; i < 2; ++i) ASSERT_THAT(executor_.Submit([](int) {}), IsOk());
  watcher->Wake();
  EXPECT_EQ(executor_.queue_depth(), 2u);
  go_on_.set_value();
  watcher->AwaitReads(1);
}

TEST_F(KeyWatchHubTest, ARemovedWatcherIsForgottenThoughItsTurnHasNotCome) {
  Hub();
  auto watcher = NewWatcher("acme");
  HoldUp();
  watcher->Wake();
  hub_->Remove(watcher);
  hub_->RequestRead(watcher);
  const std::weak_ptr<FakeWatcher> forgotten = std::exchange(watcher, nullptr);
  EXPECT_TRUE(forgotten.expired());
  go_on_.set_value();
}

// All workers of its executor hang as soon as one is held up.
class KeyWatchHangTest : public KeyWatchHubTest {
 protected:
  KeyWatchHangTest() {
    hub_ = std::make_unique<KeyWatchHub>(
        KeyWatchHub::Options{.look_interval = absl::Hours(1), .retry_delay = absl::Milliseconds(1)}, directory(), hanging_);
  }
  // The hub is the first to go.
  ~KeyWatchHangTest() override { hub_.reset(); }
  void AwaitHang() {
    while (hanging_.hanging_workers() == 0 || hanging_.queue_depth() > 0) std::this_thread::yield();
  }

  Executor hanging_{{.workers = 1, .queue_limit = 2, .watch = Executor::Watch::kTasks, .call_timeout = absl::Milliseconds(20)}};
};

TEST_F(KeyWatchHangTest, WhatWaitedIsReadWhenAWorkerIsBack) {
  const auto watcher = NewWatcher("acme");
  HoldUp(hanging_);
  watcher->Wake();
  AwaitHang();
  go_on_.set_value();
  watcher->AwaitReads(1);
}

TEST_F(KeyWatchHangTest, WhatCameDuringTheHangIsReadWhenAWorkerIsBack) {
  const auto watcher = NewWatcher("acme");
  HoldUp(hanging_);
  AwaitHang();
  watcher->Wake();
  go_on_.set_value();
  watcher->AwaitReads(1);
  NewWatcher("acme")->Wake();
}

TEST_F(KeyWatchHangTest, TheHubMayBeDestroyedDuringTheHang) {
  const auto watcher = NewWatcher("acme");
  HoldUp(hanging_);
  watcher->Wake();
  AwaitHang();
  hub_.reset();
  go_on_.set_value();
}

TEST_F(KeyWatchHubTest, ManyWatchersTakeOnePlaceInTheQueueAndLetOthersPass) {
  Hub();
  std::vector<std::shared_ptr<FakeWatcher>> watchers;
  for (int i = 0; i < 500; ++i) watchers.push_back(NewWatcher("acme"));
  HoldUp();
  for (const auto& watcher : watchers) watcher->Wake();
  EXPECT_EQ(executor_.queue_depth(), 1u);
  std::promise<int> reads_before;
  ASSERT_THAT(executor_.Submit([&](int) {
    int reads = 0;
    for (const auto& watcher : watchers) reads += watcher->reads();
    reads_before.set_value(reads);
  }),
              IsOk());
  go_on_.set_value();
  EXPECT_LE(reads_before.get_future().get(), 50);
  for (const auto& watcher : watchers) watcher->AwaitReads(1);
}

TEST_F(KeyWatchHubTest, ShutdownEndsAllWatchersAndTakesNoMore) {
  Hub();
  const auto watcher = NewWatcher("acme");
  hub_->Shutdown();
  EXPECT_THAT(watcher->AwaitEnd(), IsError(absl::StatusCode::kUnavailable, reason::kShuttingDown));
  EXPECT_THAT(hub_->Add(watcher, ""), IsError(absl::StatusCode::kUnavailable, reason::kShuttingDown));
}

TEST_F(KeyWatchHubTest, AnExecutorThatWasShutDownEndsAllWatchers) {
  Hub();
  const auto idle = NewWatcher("other"), waking = NewWatcher("acme");
  executor_.Shutdown();
  waking->Wake();
  EXPECT_THAT(idle->AwaitEnd(), IsError(absl::StatusCode::kUnavailable, reason::kShuttingDown));
  EXPECT_THAT(waking->AwaitEnd(), IsError(absl::StatusCode::kUnavailable, reason::kShuttingDown));
}

TEST_F(KeyWatchHubTest, MayBeDestroyedWhileReadsAreQueued) {
  for (int i = 0; i < 50; ++i) {
    Hub();
    std::vector<std::shared_ptr<FakeWatcher>> watchers;
    for (int j = 0; j < 10; ++j) watchers.push_back(NewWatcher("acme"));
    for (const auto& watcher : watchers) watcher->Wake();
    hub_.reset();
  }
}

}  // namespace
}  // namespace signet::core
