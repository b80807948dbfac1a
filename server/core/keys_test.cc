#include "server/core/keys.h"

#include <string>
#include <vector>

#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::Kid;
using testing::ElementsAre;
using Tombstones = keystore::KeyStore::Tombstones;

std::vector<std::string> KidsOf(const ListResult<KeyView>& result) {
  std::vector<std::string> kids;
  for (const KeyView& view : result.items) kids.push_back(view.record.kid.value());
  return kids;
}

using KeysTest = CoreTest;

TEST_F(KeysTest, ListsKeysInTheOrderOfCreationPageByPage) {
  for (const char* kid : {"c", "a", "b"}) NewKey(kid);
  const absl::StatusOr<ListResult<KeyView>> all = keys().List(ring_, Tombstones::kHide, {});
  ASSERT_THAT(all, IsOk());
  EXPECT_THAT(KidsOf(*all), ElementsAre("c", "a", "b"));
  EXPECT_EQ(all->next_page_token, "");

  const absl::StatusOr<ListResult<KeyView>> first = keys().List(ring_, Tombstones::kHide, {2, ""});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(KidsOf(*first), ElementsAre("c", "a"));
  ASSERT_THAT(keys().Delete({ring_, Kid("a")}, Force::kNo, Call()), IsOk());
  const absl::StatusOr<ListResult<KeyView>> second = keys().List(ring_, Tombstones::kHide, {1, first->next_page_token});
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(KidsOf(*second), ElementsAre("b"));
  EXPECT_EQ(second->next_page_token, "");
}

TEST_F(KeysTest, ListsTombstonesOnlyWhenAsked) {
  NewKey("gone");
  NewKey("there");
  ASSERT_THAT(keys().Delete({ring_, Kid("gone")}, Force::kNo, Call()), IsOk());
  EXPECT_THAT(KidsOf(*keys().List(ring_, Tombstones::kHide, {})), ElementsAre("there"));
  EXPECT_THAT(KidsOf(*keys().List(ring_, Tombstones::kShow, {})), ElementsAre("gone", "there"));
  EXPECT_EQ(keys().Get({ring_, Kid("gone")})->record.state, keystore::KeyState::kDestroyed);
}

TEST_F(KeysTest, RefusesThePageTokenOfAnotherList) {
  NewKey("a");
  NewKey("b");
  const RingName other = NewRing("other");
  const std::string token = keys().List(ring_, Tombstones::kHide, {1, ""})->next_page_token;
  ASSERT_NE(token, "");
  EXPECT_THAT(keys().List(other, Tombstones::kHide, {1, token}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(keys().List(ring_, Tombstones::kShow, {1, token}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(rings().List(acme_, {1, token}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(keys().List(ring_, Tombstones::kHide, {1, "garbage"}),
              IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(keys().List(ring_, Tombstones::kHide, {-1, ""}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(KeysTest, GetsAPublicKeyInItsFormsUntilTheKeyIsDestroyed) {
  const KeyName name = NewKey("k");
  const absl::StatusOr<PublicKeyView> view = keys().GetPublicKey(name);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->name, name);
  EXPECT_EQ(view->key.spki_der(), StoredKey(name).public_key_der);
  EXPECT_THAT(view->jwk_json, testing::HasSubstr("\"kid\":\"k\""));
  ASSERT_THAT(keys().Revoke(name, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().GetPublicKey(name), IsOk());
  ASSERT_THAT(keys().Delete(name, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().GetPublicKey(name), IsError(StatusCode::kFailedPrecondition, reason::kKeyDestroyed));
}

TEST_F(KeysTest, HasNoPublicKeyOfAKeyThatIsNotGenerated) {
  keystore::KeyRecord pending;
  pending.uid = keystore::KeyUid("000102030405060708090a0b0c0d0e0f");
  pending.tenant = acme_;
  pending.ring = ring_.ring;
  pending.kid = Kid("pending");
  pending.algorithm = "ES256";
  keystore::Change change;
  change.puts = {pending};
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  EXPECT_THAT(keys().GetPublicKey({ring_, pending.kid}), IsError(StatusCode::kFailedPrecondition, reason::kKeyNotGenerated));
  EXPECT_THAT(keys().Enable({ring_, pending.kid}, Force::kYes, Call()),
              IsError(StatusCode::kFailedPrecondition, reason::kKeyNotGenerated));
}

TEST_F(KeysTest, MissesTheTenantThenTheRingThenTheKey) {
  const RingName no_tenant = {keystore::TenantId("none"), keystore::RingId("none")};
  const RingName no_ring = {acme_, keystore::RingId("none")};
  EXPECT_THAT(keys().Get({no_tenant, Kid("k")}), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(keys().Get({no_ring, Kid("k")}), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_THAT(keys().Get({ring_, Kid("k")}), IsError(StatusCode::kNotFound, reason::kKeyNotFound));
  EXPECT_THAT(keys().GetPublicKey({ring_, Kid("k")}), IsError(StatusCode::kNotFound, reason::kKeyNotFound));
  EXPECT_THAT(keys().List(no_tenant, Tombstones::kHide, {}), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(keys().List(no_ring, Tombstones::kHide, {}), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
}

TEST_F(KeysTest, OfADeletedRingAreNotFound) {
  const RingName ring = NewRing("ring");
  const KeyName name = NewKeyIn(ring);
  ASSERT_THAT(keys().Delete(name, Force::kNo, Call()), IsOk());
  ASSERT_THAT(rings().Delete(ring, Call()), IsOk());
  EXPECT_THAT(keys().Get(name), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_THAT(keys().Create(ring, Kid(), Call()), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
}

}  // namespace
}  // namespace signet::core
