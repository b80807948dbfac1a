// Conformance: wrapped keys and the keys that wrap them.

#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

WrappingKeyUid Wrapper(int number) { return WrappingKeyUid(MakeUid(1000 + number).value()); }

WrappingKeyRecord MakeWrappingKey(int number, WrappingKeyState state) {
  WrappingKeyRecord key;
  key.uid = Wrapper(number);
  key.state = state;
  key.create_time = TestTime();
  return key;
}

WrappedKeyRecord MakeWrapped(int number, int wrapping_key) {
  return {.key = MakeUid(number),
          .wrapping_key = Wrapper(wrapping_key),
          .public_key_der = std::string("public\0key", 10),
          .blob = std::string("blob\0\xff", 6),
          .mac = "mac"};
}

TEST_P(KeyStoreConformance, ReadsBackWrappedAndWrappingKeysWhichFollowersDoNotSee) {
  WrappingKeyRecord wrapping_key = MakeWrappingKey(1, WrappingKeyState::kCurrent);
  wrapping_key.in_hsm = false;
  wrapping_key.current_time = TestTime();
  wrapping_key.former_time = TestTime();
  wrapping_key.destroy_time = TestTime();
  wrapping_key.revision = Put({wrapping_key});
  EXPECT_THAT(*store().ListWrappingKeys(), ElementsAre(wrapping_key));

  WrappedKeyRecord wrapped = MakeWrapped(1, 1);
  wrapped.revision = Put({MakeTenant("t1"), MakeRing("t1", "r1"), MakeKey("t1", "r1", 1), wrapped});
  EXPECT_EQ(**store().GetWrappedKey(MakeUid(1)), wrapped);
  EXPECT_EQ(*store().GetWrappedKey(MakeUid(2)), std::nullopt);
  EXPECT_EQ(store().ReadChanges(0, 100)->records.size(), 3u);
  EXPECT_EQ(TryPut({wrapped, MakeWrapped(1, 1)}).code(), absl::StatusCode::kAborted) << "with the revisions of before";
}

TEST_P(KeyStoreConformance, ListsAndCountsWhatEachWrappingKeyHasWrapped) {
  Put({MakeWrappingKey(1, WrappingKeyState::kFormer), MakeWrappingKey(2, WrappingKeyState::kCurrent), MakeTenant("t1")});
  for (const int number : {1, 2, 3}) Put({MakeKey("t1", "r1", number), MakeWrapped(number, number == 2 ? 2 : 1)});
  const auto keys = [&](int wrapping_key, const Page& page) {
    std::vector<KeyUid> uids;
    const std::vector<WrappedKeyRecord> found = store().ListWrappedKeys(Wrapper(wrapping_key), page).value();
    for (const WrappedKeyRecord& wrapped : found) uids.push_back(wrapped.key);
    return uids;
  };
  EXPECT_THAT(keys(1, {}), ElementsAre(MakeUid(1), MakeUid(3)));
  EXPECT_THAT(keys(1, {.after = "", .limit = 1}), ElementsAre(MakeUid(1)));
  EXPECT_THAT(keys(1, {.after = MakeUid(1).value(), .limit = 1}), ElementsAre(MakeUid(3)));
  EXPECT_THAT(keys(2, {}), ElementsAre(MakeUid(2)));
  EXPECT_THAT(keys(3, {}), IsEmpty());
  EXPECT_THAT(*store().CountWrappedKeys(), ElementsAre(Pair(Wrapper(1), 2), Pair(Wrapper(2), 1)));
}

TEST_P(KeyStoreConformance, AWrappedKeyGoesWithTheCommitThatEndsItsKey) {
  Put({MakeWrappingKey(1, WrappingKeyState::kCurrent), MakeTenant("t1")});
  for (const KeyState end : {KeyState::kRevoked, KeyState::kDestroyed, KeyState::kGenerationFailed}) {
    const int number = static_cast<int>(end);
    KeyRecord key = MakeKey("t1", "r1", number);
    Put({key, MakeWrapped(number, 1)});
    key = **store().GetKeyByUid(key.uid);
    key.state = KeyState::kDisabled;
    Put({key});
    EXPECT_TRUE(store().GetWrappedKey(key.uid)->has_value());
    key = **store().GetKeyByUid(key.uid);
    key.state = end;
    Put({key});
    EXPECT_EQ(*store().GetWrappedKey(key.uid), std::nullopt);
    EXPECT_EQ(TryPut({MakeWrapped(number, 1)}).code(), absl::StatusCode::kAborted) << "it does not come back";
  }
}

TEST_P(KeyStoreConformance, NothingIsWrappedByAWrappingKeyThatCannotUnwrapAndNoneThatIsNeededIsDestroyed) {
  WrappingKeyRecord wrapping_key = MakeWrappingKey(1, WrappingKeyState::kPendingGeneration);
  wrapping_key.revision = Put({wrapping_key});
  Put({MakeTenant("t1"), MakeKey("t1", "r1", 1)});
  EXPECT_EQ(TryPut({MakeWrapped(1, 1)}).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(TryPut({MakeWrapped(1, 9)}).code(), absl::StatusCode::kAborted) << "there is no such wrapping key";
  EXPECT_EQ(TryPut({MakeWrapped(9, 1)}).code(), absl::StatusCode::kAborted) << "there is no such key";

  wrapping_key.state = WrappingKeyState::kCurrent;
  wrapping_key.revision = Put({wrapping_key});
  EXPECT_EQ(TryPut({MakeWrappingKey(2, WrappingKeyState::kCurrent)}).code(), absl::StatusCode::kAborted);
  Put({MakeWrapped(1, 1)});
  WrappingKeyRecord destroyed = wrapping_key;
  destroyed.state = WrappingKeyState::kDestroyed;
  EXPECT_EQ(TryPut({destroyed}).code(), absl::StatusCode::kAborted);

  // One commit makes another one CURRENT.
  wrapping_key.state = WrappingKeyState::kFormer;
  const Revision revision = Put({wrapping_key, MakeWrappingKey(2, WrappingKeyState::kCurrent)});
  WrappedKeyRecord anew = **store().GetWrappedKey(MakeUid(1));
  anew.wrapping_key = Wrapper(2);
  Put({anew});
  destroyed.revision = revision;
  Put({destroyed});
  EXPECT_EQ(TryPut({MakeWrapped(1, 1)}).code(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace signet::keystore
