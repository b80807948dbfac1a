#include "server/core/key_verbs.h"

#include <memory>
#include <string>

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

class KeyVerbsTest : public CoreTest {
 protected:
  KeyVerbsTest() { core_ = std::make_unique<Core>(faulty_store_, faulty_hsm_, clock_, random_, crash_); }

  KeyState StateOf(const KeyName& name) { return StoredKey(name).state; }

  static absl::Status HsmDown() { return Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "the token is gone"); }
  static absl::Status StoreDown() { return Error(StatusCode::kUnavailable, reason::kStoreUnavailable, "the store is gone"); }

  Crash crash_;
  FaultyKeyStore faulty_store_{*store_, crash_};
  FaultyHsm faulty_hsm_{*hsm_, crash_};
};

TEST_F(KeyVerbsTest, EnablingAKeyDisablesTheOneThatWasEnabledInOneCommit) {
  const KeyName old_key = NewEnabledKey("old");
  const KeyName new_key = NewKey("new");
  const size_t events = Events().size();
  const int64_t revision = StoreRevision();
  const absl::StatusOr<KeyView> view = keys().Enable(new_key, Force::kNo, Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->role, KeyRole::kCurrent);
  EXPECT_EQ(StoreRevision(), revision + 1);
  EXPECT_EQ(keys().Get(old_key)->role, KeyRole::kPrevious);
  EXPECT_EQ(directory().FindTenant(acme_)->rings.at(ring_.ring).current->name, new_key);
  EXPECT_THAT(Actions(events), ElementsAre("KeySuperseded", "EnableKey"));
  EXPECT_EQ(Events()[events].resource, FormatKeyName(old_key));
  EXPECT_EQ(Events()[events + 1].resource, FormatKeyName(new_key));
}

TEST_F(KeyVerbsTest, EnablingWaitsUntilVerifiersKnowTheKeyUnlessForced) {
  const RingName ring = NewRing("slow");
  const KeyName name = NewKeyIn(ring);
  const absl::StatusOr<KeyView> refused = keys().Enable(name, Force::kNo, Call());
  ASSERT_THAT(refused, IsError(StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable));
  EXPECT_EQ(GetErrorDetail(refused.status())->retry_delay, absl::Minutes(5));
  EXPECT_THAT(keys().Enable(name, Force::kYes, ValidateOnly()), IsOk());
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(keys().Enable(name, Force::kNo, Call()), IsOk());
}

TEST_F(KeyVerbsTest, EnablingAKeyThatTheHsmCannotSignWithIsRefused) {
  const KeyName old_key = NewEnabledKey("old");
  const KeyName name = NewKey("new");
  const auto refused = [] { return IsError(StatusCode::kUnavailable, reason::kHsmUnavailable); };
  // What ProveKey says of a pair that is flawed, of a token that answers.
  faulty_hsm_.prove_error = Error(StatusCode::kNotFound, reason::kKeyNotFound, "its private key does not sign");
  EXPECT_THAT(keys().Enable(name, Force::kYes, Call()), refused());
  faulty_hsm_.prove_error = absl::OkStatus();
  // Another pair in its place.
  const hsm::KeySpec spec = HsmKeySpec(services().instance_id, StoredKey(name));
  ASSERT_THAT(hsm_->DestroyKey(spec.id), IsOk());
  ASSERT_THAT(hsm_->GenerateKey(spec), IsOk());
  EXPECT_THAT(keys().Enable(name, Force::kYes, Call()), refused());
  EXPECT_EQ(keys().Get(old_key)->role, KeyRole::kCurrent);
}

TEST_F(KeyVerbsTest, AnHsmThatDoesNotAnswerDoesNotHinderEnabling) {
  const KeyName name = NewKey();
  faulty_hsm_.prove_error = HsmDown();
  EXPECT_THAT(keys().Enable(name, Force::kNo, Call()), IsOk());
}

TEST_F(KeyVerbsTest, EnablingARevokedOrDeletedKeyIsRefused) {
  const KeyName name = NewKey();
  ASSERT_THAT(keys().Revoke(name, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Enable(name, Force::kYes, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRevoked));
  ASSERT_THAT(keys().Delete(name, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Enable(name, Force::kYes, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyDestroyed));
  EXPECT_THAT(keys().Delete(name, Force::kYes, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyDestroyed));
}

TEST_F(KeyVerbsTest, AVerbThatIsFulfilledWritesNothingWithoutARequestId) {
  const KeyName enabled = NewEnabledKey();
  const KeyName disabled = NewKey();
  const KeyName revoked = NewKey();
  ASSERT_THAT(keys().Revoke(revoked, Force::kNo, Call()), IsOk());
  const int64_t revision = StoreRevision();
  EXPECT_THAT(keys().Enable(enabled, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Disable(disabled, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Revoke(revoked, Force::kNo, Call()), IsOk());
  EXPECT_EQ(StoreRevision(), revision);
}

TEST_F(KeyVerbsTest, ALateRepetitionOfAFulfilledVerbDoesNotMoveTheKeyAgain) {
  const KeyName first = NewEnabledKey("first");
  const KeyName second = NewKey("second");
  ASSERT_THAT(keys().Enable(first, Force::kNo, CallWithId("id")), IsOk());
  ASSERT_THAT(keys().Enable(second, Force::kNo, Call()), IsOk());
  const absl::StatusOr<KeyView> repeated = keys().Enable(first, Force::kNo, CallWithId("id"));
  ASSERT_THAT(repeated, IsOk());
  EXPECT_EQ(repeated->role, KeyRole::kCurrent) << "the first result";
  EXPECT_EQ(StateOf(second), KeyState::kEnabled);
}

TEST_F(KeyVerbsTest, DisablingTheKeyThatSignsAsksForForce) {
  const KeyName name = NewEnabledKey();
  EXPECT_THAT(keys().Disable(name, Force::kNo, Call()), IsError(StatusCode::kFailedPrecondition, reason::kForceRequired));
  const absl::StatusOr<KeyView> view = keys().Disable(name, Force::kYes, Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->role, KeyRole::kPrevious);
  EXPECT_TRUE(view->deletable_time.has_value());
  EXPECT_TRUE(IsPublished(name));
  EXPECT_EQ(directory().FindTenant(acme_)->rings.at(ring_.ring).current, nullptr);
}

TEST_F(KeyVerbsTest, RevokingUnpublishesTheKeyAndDestroysItsPrivateHalf) {
  const KeyName name = NewEnabledKey();
  EXPECT_THAT(keys().Revoke(name, Force::kNo, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyEnabled));
  const size_t events = Events().size();
  const absl::StatusOr<KeyView> view = keys().Revoke(name, Force::kYes, Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->record.state, KeyState::kRevoked);
  EXPECT_EQ(view->role, KeyRole::kNone);
  EXPECT_FALSE(IsPublished(name));
  EXPECT_EQ(KeysInHsm(), 0u);
  EXPECT_FALSE(StoredKey(name).in_hsm);
  EXPECT_THAT(Actions(events), ElementsAre("RevokeKey", "PrivateKeyDestroyed"));
  EXPECT_EQ(Events().back().actor, "alice");
  EXPECT_EQ(keys().Get(name)->etag, view->etag) << "that the private key is gone is not part of the content";
}

TEST_F(KeyVerbsTest, DeletingAnEnabledKeyIsRefused) {
  const KeyName name = NewEnabledKey();
  EXPECT_THAT(keys().Delete(name, Force::kYes, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyEnabled));
  EXPECT_EQ(KeysInHsm(), 1u);
}

TEST_F(KeyVerbsTest, DeletingWaitsForTheLastTokenUnlessForced) {
  const KeyName previous = NewEnabledKey();
  const absl::Time expiry = clock_.Now() + absl::Hours(1);
  ASSERT_TRUE(store_->RecordUsage({{.uid = StoredKey(previous).uid, .token_expiry_bound = expiry}}).ok());
  NewEnabledKey();
  EXPECT_EQ(keys().Get(previous)->deletable_time, expiry + keystore::kClockSkew);
  const absl::StatusOr<KeyView> refused = keys().Delete(previous, Force::kNo, Call());
  ASSERT_THAT(refused, IsError(StatusCode::kFailedPrecondition, reason::kKeyInRetention));
  EXPECT_TRUE(GetErrorDetail(refused.status())->retry_delay.has_value());
  clock_.Advance(*keys().Get(previous)->deletable_time - clock_.Now());
  const absl::StatusOr<KeyView> deleted = keys().Delete(previous, Force::kNo, Call());
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(deleted->record.state, KeyState::kDestroyed);
  EXPECT_EQ(KeysInHsm(), 1u);
  EXPECT_FALSE(IsPublished(previous));
}

TEST_F(KeyVerbsTest, ForceDeletesAKeyInRetention) {
  const KeyName previous = NewEnabledKey();
  NewEnabledKey();
  EXPECT_THAT(keys().Delete(previous, Force::kYes, Call()), IsOk());
}

TEST_F(KeyVerbsTest, AStaleEtagIsRefusedByEveryVerb) {
  const KeyName name = NewKey();
  const std::string stale = keys().Get(name)->etag;
  ASSERT_THAT(keys().Enable(name, Force::kNo, CallWithEtag(stale)), IsOk());
  for (const auto& verb : {&Keys::Enable, &Keys::Disable, &Keys::Revoke, &Keys::Delete}) {
    EXPECT_THAT((keys().*verb)(name, Force::kYes, CallWithEtag(stale)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
  }
  EXPECT_THAT(keys().Disable(name, Force::kYes, CallWithEtag(keys().Get(name)->etag)), IsOk());
}

TEST_F(KeyVerbsTest, AKeyUnderAnotherNameIsNotFound) {
  const KeyName name = NewKey("k");
  NewTenantNamed("other");
  const KeyName in_other_ring = {NewRing("saml"), Kid("k")};
  const KeyName in_other_tenant = {{keystore::TenantId("other"), ring_.ring}, Kid("k")};
  const KeyName unknown = {ring_, Kid("unknown")};
  for (const KeyName& wrong : {in_other_ring, in_other_tenant, unknown}) {
    for (const auto& verb : {&Keys::Enable, &Keys::Disable, &Keys::Revoke, &Keys::Delete}) {
      const absl::StatusOr<KeyView> view = (keys().*verb)(wrong, Force::kYes, Call());
      ASSERT_THAT(view, IsError(StatusCode::kNotFound, reason::kKeyNotFound));
      EXPECT_EQ(GetErrorDetail(view.status())->metadata["key"], FormatKeyName(wrong));
    }
  }
  EXPECT_THAT(keys().Enable({{acme_, keystore::RingId("none")}, Kid("k")}, Force::kNo, Call()),
              IsError(StatusCode::kNotFound, reason::kKeyRingNotFound));
  EXPECT_THAT(keys().Enable({{keystore::TenantId("none"), ring_.ring}, Kid("k")}, Force::kNo, Call()),
              IsError(StatusCode::kNotFound, reason::kTenantNotFound));
}

TEST_F(KeyVerbsTest, OnlyValidatingShowsTheResultAndWritesNothing) {
  const KeyName enabled = NewEnabledKey();
  const KeyName next = NewKey();
  const int64_t revision = StoreRevision();
  EXPECT_EQ(keys().Enable(next, Force::kNo, ValidateOnly())->record.state, KeyState::kEnabled);
  EXPECT_EQ(keys().Disable(enabled, Force::kYes, ValidateOnly())->record.state, KeyState::kDisabled);
  EXPECT_EQ(keys().Revoke(next, Force::kNo, ValidateOnly())->record.state, KeyState::kRevoked);
  EXPECT_EQ(keys().Delete(next, Force::kNo, ValidateOnly())->record.state, KeyState::kDestroyed);
  EXPECT_THAT(keys().Delete(enabled, Force::kNo, ValidateOnly()), IsError(StatusCode::kFailedPrecondition, reason::kKeyEnabled));
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(KeyVerbsTest, ARequestIdOfAnotherVerbIsRefused) {
  const KeyName name = NewKey();
  ASSERT_THAT(keys().Enable(name, Force::kNo, CallWithId("id", "enable")), IsOk());
  EXPECT_THAT(keys().Disable(name, Force::kYes, CallWithId("id", "disable")),
              IsError(StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(KeyVerbsTest, ARevocationHoldsThoughTheHsmFailsAndItsRepetitionFinishesIt) {
  const KeyName name = NewKey();
  faulty_hsm_.destroy_error = HsmDown();
  EXPECT_EQ(keys().Revoke(name, Force::kNo, CallWithId("id"))->record.state, KeyState::kRevoked);
  EXPECT_FALSE(IsPublished(name));
  EXPECT_TRUE(StoredKey(name).in_hsm);
  EXPECT_EQ(KeysInHsm(), 1u);
  const auto logged = log().WaitFor("a retired private key may still be in the HSM; its destruction is tried again");
  ASSERT_TRUE(logged.has_value()) << "or nobody would learn of it";
  EXPECT_EQ(logged->Text("key"), FormatKeyName(name));
  faulty_hsm_.destroy_error = absl::OkStatus();
  EXPECT_THAT(keys().Revoke(name, Force::kNo, CallWithId("id")), IsOk());
  EXPECT_FALSE(StoredKey(name).in_hsm);
  EXPECT_EQ(KeysInHsm(), 0u);
}

TEST_F(KeyVerbsTest, ADeletionThatTheHsmCouldNotFinishIsLeftToReconciliation) {
  const KeyName name = NewKey();
  faulty_hsm_.destroy_error = HsmDown();
  EXPECT_THAT(keys().Delete(name, Force::kNo, Call()), IsOk());
  EXPECT_EQ(StateOf(name), KeyState::kDestroyed);
  faulty_hsm_.destroy_error = absl::OkStatus();
  EXPECT_EQ(Reconcile(services()).value(), (Reconciliation{.destroyed = 1}));
  EXPECT_EQ(KeysInHsm(), 0u);
}

TEST_F(KeyVerbsTest, AChangeThatCannotBePublishedIsAnErrorAndDestroysNothingYet) {
  const KeyName name = NewKey();
  faulty_store_.read_changes_error = StoreDown();
  EXPECT_THAT(keys().Revoke(name, Force::kNo, Call()), IsError(StatusCode::kUnavailable, reason::kStoreUnavailable));
  EXPECT_EQ(KeysInHsm(), 1u) << "this process may still be asked to sign with it";
  EXPECT_FALSE(directory().IsFresh(absl::Hours(1))) << "and must not";
  EXPECT_THAT(keys().Revoke(name, Force::kNo, Call()), IsError(StatusCode::kUnavailable, reason::kStoreUnavailable));
  faulty_store_.read_changes_error = absl::OkStatus();
  EXPECT_THAT(keys().Revoke(name, Force::kNo, Call()), IsOk());
  EXPECT_TRUE(directory().IsFresh(absl::Hours(1)));
  EXPECT_FALSE(IsPublished(name));
  EXPECT_EQ(KeysInHsm(), 0u);
}

TEST_F(KeyVerbsTest, AConflictIsResolvedByReadingAgain) {
  const KeyName first = NewKey("first");
  const KeyName second = NewKey("second");
  Core another(*store_, *hsm_, clock_, random_, steps_);
  int commits = 0;
  faulty_store_.before_commit = [&] {
    if (++commits == 1) {
      ASSERT_THAT(another.keys.Enable(second, Force::kNo, Call()), IsOk());
    }
  };
  EXPECT_THAT(keys().Enable(first, Force::kNo, Call()), IsOk());
  EXPECT_EQ(commits, 2);
  EXPECT_EQ(StateOf(first), KeyState::kEnabled);
  EXPECT_EQ(StateOf(second), KeyState::kDisabled);
}

}  // namespace
}  // namespace signet::core
