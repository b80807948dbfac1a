// Conformance: of those who want a lease one holds it.

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

constexpr absl::Duration kTerm = absl::Minutes(1);

// Asks for a lease of a minute from `now` on.
bool Hold(KeyStore& store, const std::string& holder, absl::Time now, const std::string& name = "rotation") {
  const absl::StatusOr<bool> held = store.HoldLease({name, holder, now + kTerm}, now);
  EXPECT_TRUE(held.ok()) << held.status();
  return held.value_or(false);
}

TEST_P(KeyStoreConformance, AFreeLeaseIsTaken) { EXPECT_TRUE(Hold(store(), "a", TestTime())); }

TEST_P(KeyStoreConformance, AForeignLeaseIsRefusedUntilItEnds) {
  ASSERT_TRUE(Hold(store(), "a", TestTime()));
  EXPECT_FALSE(Hold(store(), "b", TestTime()));
  EXPECT_FALSE(Hold(store(), "b", TestTime() + kTerm - absl::Microseconds(1)));
  EXPECT_TRUE(Hold(store(), "b", TestTime() + kTerm));
  EXPECT_FALSE(Hold(store(), "a", TestTime() + kTerm));
}

TEST_P(KeyStoreConformance, ALeaseIsRenewedByItsHolderBeforeAndAfterItsEnd) {
  ASSERT_TRUE(Hold(store(), "a", TestTime()));
  EXPECT_TRUE(Hold(store(), "a", TestTime() + kTerm / 2));
  EXPECT_FALSE(Hold(store(), "b", TestTime() + kTerm));
  EXPECT_TRUE(Hold(store(), "a", TestTime() + 3 * kTerm));
  EXPECT_FALSE(Hold(store(), "b", TestTime() + 3 * kTerm));
}

TEST_P(KeyStoreConformance, ARefusedLeaseLeavesTheOneThatIsHeld) {
  ASSERT_TRUE(Hold(store(), "a", TestTime()));
  EXPECT_FALSE(Hold(store(), "b", TestTime() + kTerm / 2));
  EXPECT_TRUE(Hold(store(), "c", TestTime() + kTerm));
}

TEST_P(KeyStoreConformance, AHolderGivesALeaseUpByEndingItAtOnce) {
  ASSERT_TRUE(Hold(store(), "a", TestTime()));
  ASSERT_TRUE(store().HoldLease({"rotation", "a", TestTime()}, TestTime()).ok());
  EXPECT_TRUE(Hold(store(), "b", TestTime()));
}

TEST_P(KeyStoreConformance, ALeaseOfAClockThatWasSetBackCountsAsEnded) {
  const absl::Time late = TestTime() + absl::Hours(1000);
  ASSERT_TRUE(store().HoldLease({"rotation", "a", late}, late - kTerm).ok());
  EXPECT_FALSE(Hold(store(), "b", late - KeyStore::kLongestLease));
  EXPECT_TRUE(Hold(store(), "b", late - KeyStore::kLongestLease - absl::Microseconds(1)));
  EXPECT_FALSE(Hold(store(), "a", late - KeyStore::kLongestLease));
}

TEST_P(KeyStoreConformance, LeasesOfOtherNamesAreOtherLeases) {
  EXPECT_TRUE(Hold(store(), "a", TestTime(), "rotation"));
  EXPECT_TRUE(Hold(store(), "b", TestTime(), "retirement"));
  EXPECT_FALSE(Hold(store(), "a", TestTime(), "retirement"));
}

TEST_P(KeyStoreConformance, ALeaseChangesNoRevisionAndWritesNoEvent) {
  Put({MakeTenant("t1")});
  const Trace before = Everything();
  EXPECT_TRUE(Hold(store(), "a", TestTime()));
  EXPECT_EQ(Everything(), before);
}

TEST_P(KeyStoreConformance, OfThreadsThatFightForALeaseOneWins) {
  constexpr int kThreads = 4;
  constexpr int kLeases = 10;
  std::vector<std::atomic<int>> winners(kLeases);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kLeases; ++i) {
        if (Hold(store(), absl::StrCat(t), TestTime(), absl::StrCat("job-", i))) ++winners[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::atomic<int>& winner : winners) EXPECT_EQ(winner, 1);
}

}  // namespace
}  // namespace signet::keystore
