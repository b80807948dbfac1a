#include "server/core/key_creation.h"

#include <memory>
#include <string>

#include "server/core/key_generation.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyRole;
using keystore::KeyState;
using keystore::Kid;
using testing::ElementsAre;

class KeyCreationTest : public CoreTest {
 protected:
  KeyCreationTest() { core_ = std::make_unique<Core>(faulty_store_, faulty_hsm_, clock_, random_, crash_); }

  static absl::Status HsmDown() { return Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "the token is gone"); }
  static absl::Status StoreDown() { return Error(StatusCode::kUnavailable, reason::kStoreUnavailable, "the store is gone"); }

  // All keys of the ring, whatever their state.
  std::vector<KeyView> AllKeys() { return keys().List(ring_, keystore::KeyStore::Tombstones::kShow, {}).value().items; }

  Crash crash_;
  FaultyKeyStore faulty_store_{*store_, crash_};
  FaultyHsm faulty_hsm_{*hsm_, crash_};
};

TEST_F(KeyCreationTest, MakesADisabledKeyThatIsPublishedWhenTheCallReturns) {
  const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid(), Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->record.state, KeyState::kDisabled);
  EXPECT_EQ(view->role, KeyRole::kNext);
  EXPECT_EQ(view->record.algorithm, "ES256");
  EXPECT_EQ(view->record.publish_time, clock_.Now());
  EXPECT_EQ(view->activatable_time, clock_.Now());
  EXPECT_EQ(view->effective_time, clock_.Now());
  EXPECT_EQ(view->deletable_time, std::nullopt);
  const KeyName name = {ring_, view->record.kid};
  EXPECT_TRUE(IsPublished(name));
  EXPECT_EQ(KeysInHsm(), 1u);
  const absl::StatusOr<KeyView> read = keys().Get(name);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->etag, view->etag);
  EXPECT_EQ(read->record.publish_time, view->record.publish_time);
}

TEST_F(KeyCreationTest, TakesTheThumbprintAsKidUnlessTheCallerChoosesOne) {
  const KeyName by_thumbprint = NewKey();
  EXPECT_EQ(by_thumbprint.kid.value(), keys().GetPublicKey(by_thumbprint)->key.thumbprint());
  EXPECT_EQ(NewKey("My.Key_1").kid.value(), "My.Key_1");
}

TEST_F(KeyCreationTest, TakesAKidAsSapBtpHasThemInARingOfItsPreset) {
  keystore::KeyPolicy policy;
  policy.preset = keystore::Preset::kSapBtp;
  const RingName ring = NewRing("sap", policy);
  EXPECT_EQ(keys().Create(ring, Kid(), ValidateOnly())->record.kid, Kid());
  const absl::StatusOr<KeyView> key = keys().Create(ring, Kid(), Call());
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(key->record.kid.value(), testing::MatchesRegex("default-jwt-key-[0-9a-f]{10}"));
  EXPECT_TRUE(IsPublished({ring, key->record.kid}));
  EXPECT_EQ(keys().Create(ring, Kid("chosen"), Call())->record.kid, Kid("chosen"));
}

TEST_F(KeyCreationTest, TellsIntentAndGenerationInTheAuditTrail) {
  const size_t before = Events().size();
  const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid("k"), CallWithId("id"));
  ASSERT_THAT(view, IsOk());
  ASSERT_THAT(Actions(before), ElementsAre("CreateKey", "KeyGenerated"));
  const std::vector<keystore::Event> events = Events();
  const keystore::Event& intent = events[before];
  const keystore::Event& generated = events[before + 1];
  EXPECT_EQ(intent.actor, "alice");
  EXPECT_EQ(intent.request_id, "id");
  EXPECT_EQ(intent.tenant, acme_);
  EXPECT_EQ(intent.resource, "tenants/acme/keyRings/access-token/keys/k");
  EXPECT_EQ(intent.before, "");
  EXPECT_NE(intent.after, "");
  EXPECT_EQ(generated.before, intent.after);
  EXPECT_NE(generated.after, generated.before);
}

TEST_F(KeyCreationTest, RefusesAThirdKeyInARingOfTwo) {
  keystore::KeyPolicy two;
  two.max_keys = 2;
  const RingName ring = NewRing("two", two);
  NewKeyIn(ring);
  const KeyName second = NewKeyIn(ring);
  const absl::StatusOr<KeyView> third = keys().Create(ring, Kid(), Call());
  ASSERT_THAT(third, IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  EXPECT_EQ(GetErrorDetail(third.status())->metadata["max_keys"], "2");
  EXPECT_EQ(KeysInHsm(), 2u);
  ASSERT_THAT(keys().Revoke(second, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Create(ring, Kid(), Call()), IsOk());
}

TEST_F(KeyCreationTest, RefusesAKidThatWasEverUsedBeforeAnythingElse) {
  NewKey("used");
  NewKey();
  ASSERT_THAT(keys().Delete({ring_, Kid("used")}, Force::kNo, Call()), IsOk());
  NewKey();
  NewKey();
  const int64_t revision = StoreRevision();
  EXPECT_THAT(keys().Create(ring_, Kid("used"), Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
  EXPECT_THAT(keys().Create(NewRing("other"), Kid("used"), Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
  EXPECT_EQ(StoreRevision(), revision + 1) << "the new ring and nothing else";
}

TEST_F(KeyCreationTest, RefusesAKidOfWrongForm) {
  for (const std::string& kid : {std::string("a b"), std::string("a/b"), std::string(".a"), std::string(10'000, 'x')}) {
    EXPECT_THAT(keys().Create(ring_, Kid(kid), Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidName));
  }
}

TEST_F(KeyCreationTest, MissesTheTenantBeforeTheRing) {
  const RingName no_tenant = {keystore::TenantId("nobody"), keystore::RingId("nothing")};
  const absl::StatusOr<KeyView> without_tenant = keys().Create(no_tenant, Kid(), Call());
  ASSERT_THAT(without_tenant, IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_EQ(GetErrorDetail(without_tenant.status())->metadata["tenant"], "tenants/nobody");
  const absl::StatusOr<KeyView> without_ring = keys().Create({acme_, keystore::RingId("nothing")}, Kid(), Call());
  ASSERT_THAT(without_ring, IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_EQ(GetErrorDetail(without_ring.status())->metadata["ring"], "tenants/acme/keyRings/nothing");
}

TEST_F(KeyCreationTest, RefusesAnAlgorithmThatTheHsmLacks) {
  faulty_hsm_.supports_all = false;
  const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid(), Call());
  ASSERT_THAT(view, IsError(StatusCode::kUnimplemented, reason::kHsmUnsupported));
  EXPECT_EQ(GetErrorDetail(view.status())->metadata["algorithm"], "ES256");
}

TEST_F(KeyCreationTest, OnlyValidatingShowsTheResultAndWritesNothing) {
  const int64_t revision = StoreRevision();
  const absl::StatusOr<KeyView> chosen = keys().Create(ring_, Kid("k"), ValidateOnly());
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->record.kid, Kid("k"));
  EXPECT_EQ(chosen->record.state, KeyState::kDisabled);
  EXPECT_EQ(chosen->role, KeyRole::kNext);
  const absl::StatusOr<KeyView> thumbprint = keys().Create(ring_, Kid(), ValidateOnly());
  ASSERT_THAT(thumbprint, IsOk());
  EXPECT_EQ(thumbprint->record.kid, Kid());
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_EQ(KeysInHsm(), 0u);
  EXPECT_THAT(keys().Create(ring_, Kid("k"), CallWithId("validated", "another body")), IsOk()) << "the id was not consumed";
  EXPECT_THAT(keys().Create(ring_, Kid("k"), ValidateOnly()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
}

TEST_F(KeyCreationTest, ARepetitionReturnsTheFirstResultWhateverHappenedSince) {
  const absl::StatusOr<KeyView> first = keys().Create(ring_, Kid(), CallWithId("id"));
  ASSERT_THAT(first, IsOk());
  const KeyName name = {ring_, first->record.kid};
  ASSERT_THAT(keys().Enable(name, Force::kNo, Call()), IsOk());
  const absl::StatusOr<KeyView> repeated = keys().Create(ring_, Kid(), CallWithId("id"));
  ASSERT_THAT(repeated, IsOk());
  EXPECT_EQ(repeated->record.kid, first->record.kid);
  EXPECT_EQ(repeated->record.state, KeyState::kDisabled);
  EXPECT_EQ(repeated->etag, first->etag);
  EXPECT_EQ(KeysInHsm(), 1u);

  ASSERT_THAT(keys().Disable(name, Force::kYes, Call()), IsOk());
  ASSERT_THAT(keys().Delete(name, Force::kYes, Call()), IsOk());
  ASSERT_THAT(tenants().Delete(acme_, Call()), IsOk());
  EXPECT_EQ(keys().Create(ring_, Kid(), CallWithId("id"))->record.kid, first->record.kid);
}

TEST_F(KeyCreationTest, RefusesARequestIdWithTwoBodies) {
  ASSERT_THAT(keys().Create(ring_, Kid(), CallWithId("id", "one")), IsOk());
  EXPECT_THAT(keys().Create(ring_, Kid(), CallWithId("id", "two")),
              IsError(StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(KeyCreationTest, ARepetitionBeforeTheEndIsToldToWait) {
  crash_.AtStep(kStepCreateIntended);
  ASSERT_FALSE(keys().Create(ring_, Kid(), CallWithId("id")).ok());
  Core another(*store_, *hsm_, clock_, random_, steps_);
  EXPECT_THAT(another.keys.Create(ring_, Kid(), CallWithId("id")), IsError(StatusCode::kAborted, reason::kRequestInProgress));
}

TEST_F(KeyCreationTest, ARepetitionCompletesAKeyThatWasGeneratedButNotCommitted) {
  crash_.AtStep(kStepCreateGenerated);
  ASSERT_FALSE(keys().Create(ring_, Kid(), CallWithId("id")).ok());
  Core another(*store_, *hsm_, clock_, random_, steps_);
  const absl::StatusOr<KeyView> completed = another.keys.Create(ring_, Kid(), CallWithId("id"));
  ASSERT_THAT(completed, IsOk());
  EXPECT_EQ(completed->record.state, KeyState::kDisabled);
  EXPECT_EQ(another.keys.Create(ring_, Kid(), CallWithId("id"))->record.kid, completed->record.kid);
  EXPECT_EQ(KeysInHsm(), 1u);
}

TEST_F(KeyCreationTest, AFailureOfTheHsmLeavesAFailedKeyThatCountsForNothingAndKeepsTheError) {
  const size_t before = Events().size();
  faulty_hsm_.generate_error = Error(StatusCode::kResourceExhausted, reason::kStorageFull, "the token is full");
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kResourceExhausted, reason::kStorageFull));
  }
  faulty_hsm_.generate_error = absl::OkStatus();
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsOk());
  const std::vector<KeyView> all = AllKeys();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[0].record.state, KeyState::kGenerationFailed);
  EXPECT_EQ(all[0].role, KeyRole::kNone);
  EXPECT_FALSE(all[0].record.in_hsm);
  EXPECT_EQ(Actions(before)[0], "CreateKey");
  EXPECT_EQ(Actions(before)[1], "KeyGenerationFailed");
}

TEST_F(KeyCreationTest, AFailedRequestMayBeAttemptedAnewWithItsIdAndItsKid) {
  faulty_hsm_.generate_error = HsmDown();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(keys().Create(ring_, Kid("k"), CallWithId("id")), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  }
  faulty_hsm_.generate_error = absl::OkStatus();
  const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid("k"), CallWithId("id"));
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->record.kid, Kid("k"));
  EXPECT_EQ(keys().Create(ring_, Kid("k"), CallWithId("id"))->record.uid, view->record.uid);
}

TEST_F(KeyCreationTest, AFailedRequestMayBeAttemptedAnewAfterItsFailedKeyWasDeleted) {
  faulty_hsm_.generate_error = HsmDown();
  ASSERT_FALSE(keys().Create(ring_, Kid(), CallWithId("id")).ok());
  ASSERT_THAT(keys().Delete({ring_, AllKeys()[0].record.kid}, Force::kNo, Call()), IsOk());
  faulty_hsm_.generate_error = absl::OkStatus();
  EXPECT_THAT(keys().Create(ring_, Kid(), CallWithId("id")), IsOk());
}

TEST_F(KeyCreationTest, WhatTheHsmCannotDestroyEitherIsLeftToReconciliation) {
  faulty_hsm_.generate_error = HsmDown();
  faulty_hsm_.destroy_error = HsmDown();
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  EXPECT_EQ(AllKeys()[0].record.state, KeyState::kGenerationFailed);
  EXPECT_TRUE(AllKeys()[0].record.in_hsm);
  faulty_hsm_.destroy_error = absl::OkStatus();
  EXPECT_EQ(Reconcile(services()).value(), (Reconciliation{.destroyed = 1}));
  EXPECT_FALSE(AllKeys()[0].record.in_hsm);
}

TEST_F(KeyCreationTest, ASuccessThatCannotBePublishedIsAnErrorThatARepetitionTurnsIntoTheKey) {
  faulty_store_.read_changes_error = StoreDown();
  EXPECT_THAT(keys().Create(ring_, Kid("k"), CallWithId("id")), IsError(StatusCode::kUnavailable, reason::kStoreUnavailable));
  EXPECT_THAT(keys().Create(ring_, Kid("k"), CallWithId("id")), IsError(StatusCode::kUnavailable, reason::kStoreUnavailable));
  EXPECT_FALSE(IsPublished({ring_, Kid("k")}));
  faulty_store_.read_changes_error = absl::OkStatus();
  EXPECT_THAT(keys().Create(ring_, Kid("k"), CallWithId("id")), IsOk());
  EXPECT_TRUE(IsPublished({ring_, Kid("k")}));
  EXPECT_EQ(KeysInHsm(), 1u);
}

TEST_F(KeyCreationTest, NothingIsGeneratedWhenTheIntentCannotBeWritten) {
  faulty_store_.commit_error = StoreDown();
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kUnavailable, reason::kStoreUnavailable));
  EXPECT_EQ(KeysInHsm(), 0u);
}

TEST_F(KeyCreationTest, AConflictIsRetriedAndThenReported) {
  int commits = 0;
  faulty_store_.before_commit = [&] { ++commits; };
  faulty_store_.commit_error = Error(StatusCode::kAborted, reason::kConcurrentChange, "conflict");
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kAborted, reason::kConcurrentChange));
  EXPECT_EQ(commits, 8);
  commits = 0;
  faulty_store_.before_commit = [&] {
    if (++commits == 3) faulty_store_.commit_error = absl::OkStatus();
  };
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsOk());
}

TEST_F(KeyCreationTest, AKeyThatAReconciliationGaveUpMeanwhileIsNotLeftInTheHsm) {
  int commits = 0;
  faulty_store_.before_commit = [&] {
    // Between generation and commit, another process takes the key for one that a crash left behind.
    if (++commits != 2) return;
    const std::vector<KeyView> all = AllKeys();
    ASSERT_THAT(hsm_->DestroyKey(HsmKeySpec(services().instance_id, all[0].record).id), IsOk());
    Core another(*store_, *hsm_, clock_, random_, steps_);
    ASSERT_EQ(Reconcile(another.services).value(), (Reconciliation{.failed = 1}));
  };
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kAborted, reason::kConcurrentChange));
  EXPECT_EQ(AllKeys()[0].record.state, KeyState::kGenerationFailed);
  EXPECT_EQ(KeysInHsm(), 0u);
}

TEST_F(KeyCreationTest, GivingUpAKeyThatHasBeenCompletedMeanwhileLeavesItAndItsPrivateKeyAlone) {
  const KeyName name = NewKey();
  keystore::KeyRecord pending = StoredKey(name);
  pending.state = keystore::KeyState::kPendingGeneration;  // As it was read before.
  EXPECT_THAT(FailGeneration(services(), pending, {"system", ""}), IsOk());
  EXPECT_EQ(StoredKey(name).state, keystore::KeyState::kDisabled);
  EXPECT_EQ(KeysInHsm(), 1u);
}

TEST_F(KeyCreationTest, AMakerThatFindsItsKeyGivenUpLeavesNothingInTheHsm) {
  Core slow(faulty_store_, *hsm_, clock_, random_, steps_);
  faulty_store_.before_commit = [&] {
    // Its first commit is the intent; before the second one the key is given up.
    faulty_store_.before_commit = [&] {
      faulty_store_.before_commit = nullptr;
      const auto keys = store_->ListKeys(acme_, ring_.ring, keystore::KeyStore::Tombstones::kHide, {});
      ASSERT_EQ(keys->size(), 1u);
      EXPECT_THAT(FailGeneration(services(), keys->front(), {"system", ""}), IsOk());
    };
  };
  EXPECT_THAT(slow.keys.Create(ring_, keystore::Kid(), Call()), IsError(StatusCode::kAborted, reason::kConcurrentChange));
  EXPECT_EQ(KeysInHsm(), 0u);
}

}  // namespace
}  // namespace signet::core
