// Conformance: many threads at once.

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "keystore/event_chain.h"
#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

constexpr int kThreads = 8;
constexpr int kCommitsPerThread = 15;

// Adds a key to the ring t1/r1 as a caller does: reads the ring, commits on its revision, and starts again if it was too late.
void AddKey(KeyStore& store, int number) {
  for (;;) {
    const absl::StatusOr<std::optional<RingRecord>> ring = store.GetRing(TenantId("t1"), RingId("r1"));
    ASSERT_TRUE(ring.ok() && *ring) << ring.status();
    const absl::StatusOr<Revision> revision =
        store.Commit({{**ring, MakeKey("t1", "r1", number)}, {}, {MakeEvent(absl::StrCat(number))}});
    if (revision.ok()) return;
    ASSERT_THAT(revision.status(), FailsAsConcurrentChange());
  }
}

TEST_P(KeyStoreConformance, ThreadsThatCommitToOneRingLoseNoUpdate) {
  Put({MakeRing("t1", "r1")});
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kCommitsPerThread; ++i) AddKey(store(), t * kCommitsPerThread + i);
    });
  }
  for (std::thread& thread : threads) thread.join();

  constexpr int kCommits = kThreads * kCommitsPerThread;
  const Page all = {.after = "", .limit = 10 * kCommits};
  const auto keys = store().ListKeys(TenantId("t1"), RingId("r1"), KeyStore::Tombstones::kShow, all);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), size_t{kCommits});
  const absl::StatusOr<std::vector<Event>> events = store().ListEvents({}, all);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), size_t{kCommits} + 1);
  for (size_t i = 0; i < events->size(); ++i) {
    // Each commit has one event here, so that the revisions have no gaps either: what was aborted left nothing.
    EXPECT_EQ((*events)[i].sequence, static_cast<int64_t>(i) + 1);
    EXPECT_EQ((*events)[i].revision, static_cast<Revision>(i) + 1);
    EXPECT_EQ((*events)[i].hash, EventHash(i == 0 ? "" : (*events)[i - 1].hash, (*events)[i]));
  }
  // The first event is the ring's; each other names the key of its commit.
  for (size_t i = 0; i < keys->size(); ++i) {
    EXPECT_EQ((*keys)[i].kid.value(), absl::StrCat("kid-", (*events)[i + 1].action));
  }
}

// Commits a tenant and its ring together, again and again.
void ChangeBoth(KeyStore& store, int number) {
  TenantRecord tenant = MakeTenant(absl::StrCat("t", number));
  RingRecord ring = MakeRing(tenant.id.value(), "r1");
  for (int i = 0; i < kCommitsPerThread; ++i) {
    const absl::StatusOr<Revision> revision = store.Commit({{tenant, ring}, {}, {MakeEvent("Put")}});
    ASSERT_TRUE(revision.ok()) << revision.status();
    tenant.revision = ring.revision = *revision;
    tenant.update_time += absl::Seconds(1);
    ring.update_time += absl::Seconds(1);
  }
}

// Follower builds its view of the store from ReadChanges alone.
class Follower {
 public:
  // Reads on until nothing is left.
  void CatchUp(KeyStore& store) {
    for (;;) {
      const absl::StatusOr<Changes> changes = store.ReadChanges(revision_, 3);
      ASSERT_TRUE(changes.ok()) << changes.status();
      ASSERT_GE(changes->revision, revision_);
      Revision last = revision_;
      for (const Record& record : changes->records) {
        const Revision revision = std::visit([](const auto& typed) { return typed.revision; }, record);
        ASSERT_GE(revision, last);
        ASSERT_GT(revision, revision_);
        last = revision;
        if (const auto* tenant = std::get_if<TenantRecord>(&record)) tenants_[tenant->id] = *tenant;
        if (const auto* ring = std::get_if<RingRecord>(&record)) rings_[ring->tenant] = *ring;
      }
      ASSERT_LE(last, changes->revision);
      revision_ = changes->revision;
      // Tenant and ring were committed together: whoever sees one without the other saw a part of a commit.
      ASSERT_EQ(tenants_.size(), rings_.size());
      for (const auto& [id, tenant] : tenants_) ASSERT_EQ(tenant.revision, rings_[id].revision);
      if (changes->records.empty()) return;
    }
  }

  Revision revision() const { return revision_; }
  const std::map<TenantId, TenantRecord>& tenants() const { return tenants_; }

 private:
  Revision revision_ = 0;
  std::map<TenantId, TenantRecord> tenants_;
  std::map<TenantId, RingRecord> rings_;
};

TEST_P(KeyStoreConformance, AFollowerOfTheChangesMissesNothingWhileOthersWrite) {
  std::atomic<int> writing = kThreads;
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([this, t, &writing] {
      ChangeBoth(store(), t);
      --writing;
    });
  }
  Follower follower;
  while (writing > 0 && !HasFatalFailure()) follower.CatchUp(store());
  for (std::thread& writer : writers) writer.join();
  follower.CatchUp(store());

  EXPECT_EQ(follower.revision(), kThreads * kCommitsPerThread);
  ASSERT_EQ(follower.tenants().size(), size_t{kThreads});
  for (const auto& [id, tenant] : follower.tenants()) EXPECT_EQ(**store().GetTenant(id), tenant);
}

}  // namespace
}  // namespace signet::keystore
