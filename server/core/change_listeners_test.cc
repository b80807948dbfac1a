#include "server/core/change_listeners.h"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

using testing::ElementsAre;

const keystore::TenantId kAcme("acme");

TEST(ChangeListeners, EachIsToldUntilItsSubscriptionEnds) {
  ChangeListeners listeners;
  std::vector<std::string> told;
  const auto first = listeners.Add([&](const auto& changed) { told.push_back("first " + changed.front().value()); });
  auto second = listeners.Add([&](const auto& changed) { told.push_back("second " + changed.front().value()); });
  listeners.Notify({kAcme});
  EXPECT_THAT(told, ElementsAre("first acme", "second acme"));
  second.reset();
  listeners.Notify({keystore::TenantId("other")});
  EXPECT_THAT(told, ElementsAre("first acme", "second acme", "first other"));
}

TEST(ChangeListeners, TheEndOfASubscriptionWaitsForACallUnderWay) {
  ChangeListeners listeners;
  std::promise<void> called, go_on;
  std::atomic<bool> returned = false;
  auto subscription = listeners.Add([&](const auto&) {
    called.set_value();
    go_on.get_future().wait();
    returned = true;
  });
  std::thread notifying([&] { listeners.Notify({kAcme}); });
  called.get_future().wait();
  auto ended = std::async(std::launch::async, [&] {
    subscription.reset();
    return returned.load();
  });
  EXPECT_EQ(ended.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(ended.get());
  notifying.join();
}

TEST(ChangeListeners, OneMaySubscribeWhileAnotherIsTold) {
  ChangeListeners listeners;
  int calls = 0;
  std::unique_ptr<ChangeListeners::Subscription> later;
  const auto subscription = listeners.Add([&](const auto&) {
    if (later == nullptr) later = listeners.Add([&](const auto&) { ++calls; });
  });
  listeners.Notify({kAcme});
  EXPECT_EQ(calls, 0);
  listeners.Notify({kAcme});
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace signet::core
