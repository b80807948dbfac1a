// What holds when many threads change the same things. The seeds of interleaving are the machine's: run it under ThreadSanitizer,
// and often.

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "keystore/lifecycle.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyState;
using keystore::Kid;

constexpr int kThreads = 8;

// Runs `act` in kThreads threads that begin together.
void InThreads(const std::function<void(int)>& act) {
  std::atomic<int> waiting = kThreads;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (--waiting; waiting > 0;) std::this_thread::yield();
      act(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class ConcurrencyTest : public CoreTest {
 protected:
  int CountKeys(const RingName& ring, const std::function<bool(const keystore::KeyRecord&)>& counts) {
    const absl::StatusOr<ListResult<KeyView>> list = keys().List(ring, keystore::KeyStore::Tombstones::kShow, {1000, ""});
    EXPECT_THAT(list, IsOk());
    int count = 0;
    for (const KeyView& view : list->items) count += counts(view.record);
    return count;
  }
};

TEST_F(ConcurrencyTest, ARingNeverHoldsMoreThanItsKeys) {
  std::atomic<int> made = 0;
  InThreads([&](int) {
    for (int i = 0; i < 3; ++i) {
      const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid(), Call());
      if (view.ok()) {
        ++made;
      } else if (GetReason(view.status()) != reason::kConcurrentChange) {
        EXPECT_THAT(view, IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
      }
    }
  });
  EXPECT_EQ(made, 3);
  EXPECT_EQ(CountKeys(ring_, keystore::IsLive), 3);
  EXPECT_EQ(KeysInHsm(), 3u);
}

TEST_F(ConcurrencyTest, ExactlyOneKeyIsEnabledAfterAllWereEnabled) {
  keystore::KeyPolicy policy;
  policy.max_keys = 10;
  const RingName ring = NewRing("race", policy);
  std::vector<KeyName> names;
  names.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) names.push_back(NewKeyIn(ring));
  InThreads([&](int i) { EXPECT_THAT(keys().Enable(names[i], Force::kYes, Call()), IsOk()); });
  EXPECT_EQ(CountKeys(ring, [](const keystore::KeyRecord& key) { return key.state == KeyState::kEnabled; }), 1);
  EXPECT_EQ(CountKeys(ring, [](const keystore::KeyRecord& key) { return key.enable_time.has_value(); }), kThreads);
  const std::shared_ptr<const TenantSnapshot> tenant = directory().FindTenant(acme_);
  ASSERT_NE(tenant->rings.at(ring.ring).current, nullptr);
  EXPECT_EQ(keys().Get(tenant->rings.at(ring.ring).current->name)->role, keystore::KeyRole::kCurrent);
}

TEST_F(ConcurrencyTest, OneRequestIdMakesOneKeyHoweverOftenItIsSent) {
  InThreads([&](int) {
    const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid(), CallWithId("id"));
    if (!view.ok()) {
      EXPECT_THAT(view, IsError(StatusCode::kAborted, reason::kRequestInProgress));
    }
  });
  EXPECT_THAT(keys().Create(ring_, Kid(), CallWithId("id")), IsOk());
  EXPECT_EQ(CountKeys(ring_, [](const keystore::KeyRecord&) { return true; }), 1);
  EXPECT_EQ(KeysInHsm(), 1u);
}

TEST_F(ConcurrencyTest, OneKidIsGivenOnce) {
  std::atomic<int> made = 0;
  InThreads([&](int) {
    const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid("k"), Call());
    if (view.ok()) {
      ++made;
    } else {
      EXPECT_THAT(view, IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
    }
  });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(KeysInHsm(), 1u);
}

TEST_F(ConcurrencyTest, CreationRevocationAndDeletionTogetherLeaveNothingToReconcile) {
  InThreads([&](int i) {
    for (int round = 0; round < 5; ++round) {
      const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid(), Call());
      if (!view.ok()) continue;
      const KeyName name = {ring_, view->record.kid};
      if (i % 2 == 0) keys().Revoke(name, Force::kYes, Call()).IgnoreError();
      keys().Delete(name, Force::kYes, Call()).IgnoreError();
    }
  });
  EXPECT_EQ(Reconcile(services()).value(), Reconciliation());
  EXPECT_EQ(KeysInHsm(), static_cast<size_t>(CountKeys(ring_, keystore::IsPublished)));
}

TEST_F(ConcurrencyTest, AHostAliasGoesToOneTenant) {
  std::atomic<int> made = 0;
  InThreads([&](int i) {
    NewTenant tenant;
    tenant.id = "t" + std::to_string(i);
    tenant.host_aliases = {"shared.example"};
    const absl::StatusOr<TenantView> view = tenants().Create(tenant, Call());
    if (view.ok()) {
      ++made;
    } else {
      EXPECT_THAT(view, IsError(StatusCode::kAlreadyExists, reason::kHostAliasExists));
    }
  });
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace signet::core
