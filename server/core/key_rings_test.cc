#include "server/core/key_rings.h"

#include <string>
#include <vector>

#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::Kid;
using testing::ElementsAre;

class KeyRingsTest : public CoreTest {
 protected:
  const RingName saml_ = {acme_, keystore::RingId("saml")};
};

TEST_F(KeyRingsTest, AreCreatedWithDefaultsAndPublished) {
  const size_t events = Events().size();
  const absl::StatusOr<RingView> view = rings().Create(saml_, {}, Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->record.algorithm, "ES256");
  EXPECT_EQ(view->policy.max_keys, 3);
  EXPECT_EQ(view->record.create_time, clock_.Now());
  EXPECT_TRUE(directory().FindTenant(acme_)->rings.contains(saml_.ring));
  EXPECT_EQ(rings().Get(saml_)->etag, view->etag);
  EXPECT_THAT(Actions(events), ElementsAre("CreateKeyRing"));
  EXPECT_EQ(Events().back().resource, "tenants/acme/keyRings/saml");
}

TEST_F(KeyRingsTest, OfBadFormAreRefused) {
  for (const std::string& id : {std::string("A"), std::string("1a"), std::string(10'000, 'a')}) {
    EXPECT_THAT(rings().Create({acme_, keystore::RingId(id)}, {}, Call()),
                IsError(StatusCode::kInvalidArgument, reason::kInvalidName));
  }
  keystore::KeyPolicy policy;
  policy.max_keys = 11;
  EXPECT_THAT(rings().Create(saml_, {.policy = policy}, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  RingUpdate update;
  update.max_keys = std::optional<int>(1);
  EXPECT_THAT(rings().Update(ring_, update, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(KeyRingsTest, ThatExistOrWhoseTenantDoesNotAreRefused) {
  EXPECT_THAT(rings().Create(ring_, {}, Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyRingExists));
  const RingName nowhere = {keystore::TenantId("nobody"), saml_.ring};
  EXPECT_THAT(rings().Create(nowhere, {}, Call()), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(rings().Get(nowhere), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(rings().List(nowhere.tenant, {}), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(rings().Get(saml_), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_THAT(rings().Update(saml_, {}, Call()), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_THAT(rings().Delete(saml_, Call()), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
}

TEST_F(KeyRingsTest, WithAnAlgorithmThatTheHsmLacksAreRefused) {
  Crash crash;
  FaultyHsm poor(*hsm_, crash);
  poor.supports_all = false;
  Core core(*store_, poor, clock_, random_, steps_);
  const absl::StatusOr<RingView> view = core.rings.Create(saml_, {.algorithm = hsm::Algorithm::kEd25519}, Call());
  ASSERT_THAT(view, IsError(StatusCode::kUnimplemented, reason::kHsmUnsupported));
  EXPECT_EQ(GetErrorDetail(view.status())->metadata["algorithm"], "ED25519");
  RingUpdate update;
  update.algorithm = hsm::Algorithm::kEd25519;
  EXPECT_THAT(core.rings.Update(ring_, update, Call()), IsError(StatusCode::kUnimplemented, reason::kHsmUnsupported));
}

TEST_F(KeyRingsTest, AreListedByIdPageByPage) {
  for (const char* id : {"c", "b"}) NewRing(id);
  const absl::StatusOr<ListResult<RingView>> first = rings().List(acme_, {2, ""});
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].record.id.value(), "access-token");
  EXPECT_EQ(first->items[1].record.id.value(), "b");
  const absl::StatusOr<ListResult<RingView>> second = rings().List(acme_, {2, first->next_page_token});
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].record.id.value(), "c");
  EXPECT_EQ(second->next_page_token, "");
  NewTenantNamed("other");
  EXPECT_THAT(rings().List(keystore::TenantId("other"), {2, first->next_page_token}),
              IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(tenants().List({}, {2, first->next_page_token}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
}

TEST_F(KeyRingsTest, AnUpdateChangesWhatItNamesAndCanGoBackToThePreset) {
  NewRing("saml");
  clock_.Advance(absl::Seconds(1));
  RingUpdate update;
  update.algorithm = hsm::Algorithm::kRs256With2048;
  update.preset = keystore::Preset::kSapBtp;
  update.max_keys = std::optional<int>(5);
  const absl::StatusOr<RingView> changed = rings().Update(saml_, update, Call());
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->record.algorithm, "RS256_2048");
  EXPECT_EQ(changed->policy.max_keys, 5);
  EXPECT_EQ(changed->policy.activation_delay, absl::Hours(12));
  EXPECT_EQ(changed->record.update_time, clock_.Now());
  RingUpdate back;
  back.max_keys = std::optional<int>();
  EXPECT_EQ(rings().Update(saml_, back, Call())->policy.max_keys, 2);
  EXPECT_EQ(rings().Get(saml_)->record.algorithm, "RS256_2048");
}

TEST_F(KeyRingsTest, AnUpdateThatChangesNothingWritesNothing) {
  const RingView before = *rings().Get(ring_);
  const int64_t revision = StoreRevision();
  clock_.Advance(absl::Seconds(1));
  RingUpdate same;
  same.algorithm = hsm::Algorithm::kEs256;
  EXPECT_EQ(rings().Update(ring_, same, Call())->etag, before.etag);
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_THAT(rings().Update(ring_, same, CallWithId("id")), IsOk());
  EXPECT_EQ(rings().Get(ring_)->etag, before.etag);
}

TEST_F(KeyRingsTest, MayBeLimitedBelowWhatTheyHold) {
  for (const char* kid : {"a", "b", "c"}) NewKey(kid);
  RingUpdate two;
  two.max_keys = std::optional<int>(2);
  ASSERT_THAT(rings().Update(ring_, two, Call()), IsOk());
  EXPECT_EQ(KeysInHsm(), 3u);
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
}

TEST_F(KeyRingsTest, AStaleEtagIsRefusedAndAChangeOfKeysMakesNoneStale) {
  NewRing("saml");
  const std::string etag = rings().Get(saml_)->etag;
  const KeyName key = NewKeyIn(saml_);
  ASSERT_THAT(keys().Delete(key, Force::kNo, Call()), IsOk());
  RingUpdate update;
  update.max_keys = std::optional<int>(4);
  ASSERT_THAT(rings().Update(saml_, update, CallWithEtag(etag)), IsOk());
  EXPECT_THAT(rings().Update(saml_, update, CallWithEtag(etag)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_THAT(rings().Delete(saml_, CallWithEtag(etag)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_THAT(rings().Delete(saml_, CallWithEtag(rings().Get(saml_)->etag)), IsOk());
}

TEST_F(KeyRingsTest, AreDeletedOnlyWithoutKeysAndNeverIfTheyAreTheTenantsFirst) {
  EXPECT_THAT(rings().Delete(ring_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRingPermanent));
  NewRing("saml");
  const KeyName key = NewKeyIn(saml_);
  EXPECT_THAT(rings().Delete(saml_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRingNotEmpty));
  ASSERT_THAT(keys().Revoke(key, Force::kNo, Call()), IsOk());
  EXPECT_THAT(rings().Delete(saml_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRingNotEmpty));
  ASSERT_THAT(keys().Delete(key, Force::kNo, Call()), IsOk());
  EXPECT_THAT(rings().Delete(saml_, Call()), IsOk());
  EXPECT_THAT(rings().Get(saml_), IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_FALSE(directory().FindTenant(acme_)->rings.contains(saml_.ring));
}

TEST_F(KeyRingsTest, LetNoKeySlipInWhileTheyAreBeingDeleted) {
  NewRing("saml");
  Crash crash;
  FaultyKeyStore store(*store_, crash);
  Core deleting(store, *hsm_, clock_, random_, steps_);
  store.before_commit = [&] {
    store.before_commit = nullptr;
    NewKeyIn(saml_);
  };
  EXPECT_THAT(deleting.rings.Delete(saml_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRingNotEmpty));
  EXPECT_THAT(rings().Get(saml_), IsOk());
}

TEST_F(KeyRingsTest, MayBeCreatedAgainAndStillKnowTheKidsOfOld) {
  NewRing("saml");
  ASSERT_THAT(keys().Delete(NewKeyIn(saml_, "k"), Force::kNo, Call()), IsOk());
  ASSERT_THAT(rings().Delete(saml_, Call()), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(rings().Create(saml_, {.algorithm = hsm::Algorithm::kEs384}, Call())->record.create_time, clock_.Now());
  EXPECT_EQ(rings().Get(saml_)->record.algorithm, "ES384");
  EXPECT_THAT(keys().Create(saml_, Kid("k"), Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
}

TEST_F(KeyRingsTest, ARepetitionReturnsTheFirstResult) {
  const absl::StatusOr<RingView> created = rings().Create(saml_, {}, CallWithId("create", "1"));
  ASSERT_THAT(created, IsOk());
  RingUpdate update;
  update.max_keys = std::optional<int>(7);
  const absl::StatusOr<RingView> updated = rings().Update(saml_, update, CallWithId("update", "2"));
  ASSERT_THAT(updated, IsOk());
  ASSERT_THAT(rings().Delete(saml_, CallWithId("delete", "3")), IsOk());
  const int64_t revision = StoreRevision();
  EXPECT_EQ(rings().Create(saml_, {}, CallWithId("create", "1"))->etag, created->etag);
  EXPECT_EQ(rings().Update(saml_, update, CallWithId("update", "2"))->etag, updated->etag);
  EXPECT_THAT(rings().Delete(saml_, CallWithId("delete", "3")), IsOk());
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_THAT(rings().Delete(saml_, CallWithId("delete", "4")), IsError(StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

keystore::KeyPolicy WithMaxAge(absl::Duration jwks_max_age) {
  keystore::KeyPolicy policy;
  policy.jwks_max_age = jwks_max_age;
  return policy;
}

TEST_F(KeyRingsTest, AShorterJwksMaxAgeDoesNotShortenWhatVerifiersWerePromised) {
  ASSERT_THAT(rings().Create(saml_, {.policy = WithMaxAge(absl::Hours(24))}, Call()), IsOk());
  const KeyName key = NewKeyIn(saml_, "k");
  const absl::Time promised_until = clock_.Now() + absl::Hours(24);
  RingUpdate update;
  update.jwks_max_age = std::optional<absl::Duration>(absl::Seconds(1));
  ASSERT_THAT(rings().Update(saml_, update, Call()), IsOk());
  EXPECT_EQ(keys().Get(key)->activatable_time, promised_until);
  clock_.Advance(absl::Hours(24) - absl::Seconds(1));
  EXPECT_THAT(keys().Enable(key, Force::kNo, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(keys().Enable(key, Force::kNo, Call()), IsOk());
}

TEST_F(KeyRingsTest, ANewRingWaitsForTheCopiesOfTheJwksFromBeforeIt) {
  RingUpdate update;
  update.jwks_max_age = std::optional<absl::Duration>(absl::Hours(24));
  ASSERT_THAT(rings().Update(ring_, update, Call()), IsOk());
  ASSERT_THAT(rings().Create(saml_, {.policy = WithMaxAge(absl::Seconds(1))}, Call()), IsOk());
  EXPECT_EQ(keys().Get(NewKeyIn(saml_, "k"))->activatable_time, clock_.Now() + absl::Hours(24));
}

TEST_F(KeyRingsTest, OnlyValidatingWritesNothing) {
  NewRing("old");
  const int64_t revision = StoreRevision();
  EXPECT_EQ(rings().Create(saml_, {.algorithm = hsm::Algorithm::kPs256With2048}, ValidateOnly())->record.algorithm, "PS256_2048");
  RingUpdate update;
  update.max_keys = std::optional<int>(7);
  EXPECT_EQ(rings().Update(ring_, update, ValidateOnly())->policy.max_keys, 7);
  EXPECT_THAT(rings().Delete({acme_, keystore::RingId("old")}, ValidateOnly()), IsOk());
  EXPECT_THAT(rings().Create(ring_, {}, ValidateOnly()), IsError(StatusCode::kAlreadyExists, reason::kKeyRingExists));
  EXPECT_EQ(StoreRevision(), revision);
}

}  // namespace
}  // namespace signet::core
