// Conformance: what keys sign is added up, whatever else happens to them.

#include <optional>
#include <thread>

#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kThreads = 6;
constexpr int kUpdatesPerThread = 20;

KeyRecord MakeKeyIn(KeyState state, int number) {
  KeyRecord key = MakeKey("t1", "r1", number);
  key.state = state;
  return key;
}

absl::Time After(int seconds) { return TestTime() + absl::Seconds(seconds); }

// An update whose times are so many seconds after the test's; its bound is left out unless it is given.
UsageUpdate MakeUpdate(int number, int64_t signatures, int signed_second, int expiry_second,
                       std::optional<int> bound_second = std::nullopt) {
  UsageUpdate update;
  update.uid = MakeUid(number);
  update.signatures = signatures;
  update.last_signed_time = After(signed_second);
  update.latest_token_expiry = After(expiry_second);
  if (bound_second) update.token_expiry_bound = After(*bound_second);
  return update;
}

UsageUpdate MakeBound(int number, int second) {
  UsageUpdate update;
  update.uid = MakeUid(number);
  update.token_expiry_bound = After(second);
  return update;
}

KeyUsage UsageOf(KeyStore& store, int number) {
  const absl::StatusOr<std::optional<KeyRecord>> key = store.GetKeyByUid(MakeUid(number));
  EXPECT_TRUE(key.ok() && key->has_value()) << key.status();
  return key.ok() && key->has_value() ? (*key)->usage : KeyUsage();
}

TEST_P(KeyStoreConformance, ANewKeyHasSignedNothingWhateverItsCreatorSays) {
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.usage.signature_count = 5;
  key.usage.token_expiry_bound = TestTime();
  Put({key});
  EXPECT_EQ(UsageOf(store(), 1), KeyUsage());
}

TEST_P(KeyStoreConformance, EveryReadOfAKeyShowsItsUsage) {
  KeyRecord key = MakeKeyIn(KeyState::kEnabled, 1);
  key.revision = key.create_revision = Put({key});
  EXPECT_THAT(*store().RecordUsage({MakeUpdate(1, 3, 10, 20, 30)}), IsEmpty());
  key.usage = {3, After(10), After(20), After(30)};
  EXPECT_EQ(**store().GetKey(key.tenant, key.kid), key);
  EXPECT_EQ(**store().GetKeyByUid(key.uid), key);
  EXPECT_THAT(*store().ListKeys(key.tenant, key.ring, KeyStore::Tombstones::kHide, {}), ElementsAre(key));
  EXPECT_THAT(store().ReadChanges(0, 100)->records, ElementsAre(Record(key)));
}

TEST_P(KeyStoreConformance, UsageChangesNoRevisionAndWritesNoEvent) {
  Put({MakeTenant("t1"), MakeKeyIn(KeyState::kEnabled, 1)});
  const Trace before = Everything();
  EXPECT_THAT(*store().RecordUsage({MakeUpdate(1, 3, 10, 20, 30)}), IsEmpty());
  const Trace after = Everything();
  EXPECT_EQ(after.revision, before.revision);
  EXPECT_EQ(after.events, before.events);
  EXPECT_EQ((*store().GetKeyByUid(MakeUid(1)))->revision, before.revision);
}

TEST_P(KeyStoreConformance, ACommitOfAKeyKeepsItsUsageWhateverItCarries) {
  KeyRecord key = MakeKeyIn(KeyState::kEnabled, 1);
  key.revision = Put({key});
  ASSERT_TRUE(store().RecordUsage({MakeUpdate(1, 3, 10, 20, 30)}).ok());
  const KeyUsage usage = UsageOf(store(), 1);
  key.usage = {100, std::nullopt, After(99), After(99)};
  for (KeyState state : {KeyState::kDisabled, KeyState::kEnabled, KeyState::kRevoked, KeyState::kDestroyed}) {
    key.state = state;
    // A key that was read before its usage was recorded can still be written: usage is not expected either.
    key.revision = Put({key});
    EXPECT_EQ(UsageOf(store(), 1), usage);
  }
}

TEST_P(KeyStoreConformance, ACommitThatFailsKeepsTheUsage) {
  KeyRecord key = MakeKeyIn(KeyState::kEnabled, 1);
  Put({key});
  ASSERT_TRUE(store().RecordUsage({MakeUpdate(1, 3, 10, 20, 30)}).ok());
  const Trace before = Everything();
  EXPECT_THAT(TryPut({key}), FailsAsConcurrentChange());
  EXPECT_EQ(Everything(), before);
}

TEST_P(KeyStoreConformance, UsageIsAddedUpAndItsTimesNeverMoveBack) {
  Put({MakeKeyIn(KeyState::kEnabled, 1)});
  ASSERT_TRUE(store().RecordUsage({MakeUpdate(1, 3, 10, 20, 30)}).ok());
  ASSERT_TRUE(store().RecordUsage({MakeUpdate(1, 2, 9, 19, 29)}).ok());
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{5, After(10), After(20), After(30)}));
  ASSERT_TRUE(store().RecordUsage({MakeUpdate(1, 0, 11, 5, 31)}).ok());
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{5, After(11), After(20), After(31)}));
}

TEST_P(KeyStoreConformance, WhatAnUpdateLeavesOutStaysAsItIs) {
  Put({MakeKeyIn(KeyState::kEnabled, 1)});
  UsageUpdate count;
  count.uid = MakeUid(1);
  count.signatures = 4;
  ASSERT_TRUE(store().RecordUsage({count}).ok());
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{4, std::nullopt, std::nullopt, std::nullopt}));
  ASSERT_TRUE(store().RecordUsage({MakeBound(1, 30)}).ok());
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{4, std::nullopt, std::nullopt, After(30)}));
  ASSERT_TRUE(store().RecordUsage({MakeUpdate(1, 1, 10, 20)}).ok());
  ASSERT_TRUE(store().RecordUsage({count}).ok());
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{9, After(10), After(20), After(30)}));
}

TEST_P(KeyStoreConformance, UsageKeepsTimesInMicroseconds) {
  Put({MakeKeyIn(KeyState::kEnabled, 1)});
  UsageUpdate update = MakeBound(1, 0);
  *update.token_expiry_bound += absl::Nanoseconds(1999);
  ASSERT_TRUE(store().RecordUsage({update}).ok());
  EXPECT_EQ(UsageOf(store(), 1).token_expiry_bound, TestTime() + absl::Microseconds(1));
}

TEST_P(KeyStoreConformance, ABoundIsRefusedUnlessTheKeyIsEnabledAndTheRestOfTheUpdateIsAddedAllTheSame) {
  int number = 0;
  for (KeyState state : {KeyState::kPendingGeneration, KeyState::kDisabled, KeyState::kEnabled, KeyState::kRevoked,
                         KeyState::kDestroyed, KeyState::kGenerationFailed}) {
    Put({MakeKeyIn(state, ++number)});
    const absl::StatusOr<std::vector<KeyUid>> refused = store().RecordUsage({MakeUpdate(number, 3, 10, 20, 30)});
    if (state == KeyState::kEnabled) {
      EXPECT_THAT(*refused, IsEmpty());
      EXPECT_EQ(UsageOf(store(), number), (KeyUsage{3, After(10), After(20), After(30)}));
    } else {
      EXPECT_THAT(*refused, ElementsAre(MakeUid(number)));
      EXPECT_EQ(UsageOf(store(), number), (KeyUsage{3, After(10), After(20), std::nullopt}));
    }
  }
}

TEST_P(KeyStoreConformance, ARefusedBoundLeavesTheOneThatWasAccepted) {
  KeyRecord key = MakeKeyIn(KeyState::kEnabled, 1);
  key.revision = Put({key});
  EXPECT_THAT(*store().RecordUsage({MakeBound(1, 30)}), IsEmpty());
  key.state = KeyState::kDisabled;
  Put({key});
  // Also if it is one that would change nothing: the caller must not sign with this key.
  EXPECT_THAT(*store().RecordUsage({MakeBound(1, 40)}), ElementsAre(MakeUid(1)));
  EXPECT_THAT(*store().RecordUsage({MakeBound(1, 20)}), ElementsAre(MakeUid(1)));
  EXPECT_EQ(UsageOf(store(), 1).token_expiry_bound, After(30));
}

TEST_P(KeyStoreConformance, AnUpdateWithoutABoundIsNotRefusedForADisabledKey) {
  Put({MakeKeyIn(KeyState::kDisabled, 1)});
  EXPECT_THAT(*store().RecordUsage({MakeUpdate(1, 3, 10, 20)}), IsEmpty());
  EXPECT_EQ(UsageOf(store(), 1).signature_count, 3);
}

TEST_P(KeyStoreConformance, KeysThatDoNotExistAreReturnedOnceAndTheOthersAreRecorded) {
  Put({MakeKeyIn(KeyState::kEnabled, 1)});
  EXPECT_THAT(*store().RecordUsage({MakeUpdate(8, 1, 1, 1), MakeUpdate(1, 2, 10, 20, 30), MakeBound(9, 30), MakeBound(8, 30),
                                    MakeUpdate(1, 1, 11, 21, 31)}),
              ElementsAre(MakeUid(8), MakeUid(9)));
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{3, After(11), After(21), After(31)}));
  EXPECT_EQ(*store().GetKeyByUid(MakeUid(8)), std::nullopt);
  EXPECT_THAT(*store().RecordUsage({}), IsEmpty());
}

TEST_P(KeyStoreConformance, UsageThatThreadsRecordTogetherIsCountedWithoutLoss) {
  Put({MakeKeyIn(KeyState::kEnabled, 1)});
  Put({MakeKeyIn(KeyState::kDisabled, 2)});
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kUpdatesPerThread; ++i) {
        const int second = i * kThreads + t;
        const auto refused = store().RecordUsage({MakeUpdate(1, 1, second, second, second), MakeUpdate(2, 2, second, second)});
        ASSERT_TRUE(refused.ok()) << refused.status();
        ASSERT_THAT(*refused, IsEmpty());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  constexpr int kUpdates = kThreads * kUpdatesPerThread;
  const absl::Time latest = After(kUpdates - 1);
  EXPECT_EQ(UsageOf(store(), 1), (KeyUsage{kUpdates, latest, latest, latest}));
  EXPECT_EQ(UsageOf(store(), 2), (KeyUsage{int64_t{2} * kUpdates, latest, latest, std::nullopt}));
}

TEST_P(KeyStoreConformance, WhoeverSeesThatAKeyIsDisabledSeesTheLastBoundThatWasAccepted) {
  KeyRecord key = MakeKeyIn(KeyState::kEnabled, 1);
  key.revision = Put({key});
  absl::Time accepted = absl::InfinitePast();
  std::thread signer([&] {
    for (int second = 0;; ++second) {
      const absl::StatusOr<std::vector<KeyUid>> refused = store().RecordUsage({MakeBound(1, second)});
      ASSERT_TRUE(refused.ok()) << refused.status();
      if (!refused->empty()) return;
      accepted = After(second);
    }
  });
  while (UsageOf(store(), 1).token_expiry_bound.value_or(TestTime()) < After(5)) std::this_thread::yield();
  key.state = KeyState::kDisabled;
  Put({key});
  const KeyUsage seen = UsageOf(store(), 1);
  signer.join();
  EXPECT_EQ(seen.token_expiry_bound, accepted);
  EXPECT_EQ(UsageOf(store(), 1), seen);
}

}  // namespace
}  // namespace signet::keystore
