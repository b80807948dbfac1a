#include "server/core/reconciler.h"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "hsm/algorithm.h"
#include "keystore/lifecycle.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyState;
using keystore::Kid;
using testing::ElementsAre;

constexpr absl::string_view kCreateSteps[] = {kStepCreateIntended, kStepCreateGenerated, kStepCreateCommitted};
constexpr absl::string_view kDestroySteps[] = {kStepDestroyCommitted, kStepDestroyDone, kStepDestroyConfirmed};

class ReconcilerTest : public CoreTest {
 protected:
  // What a process does before it crashes; it gets the kid or fails.
  using Act = std::function<absl::StatusOr<KeyView>(Core&)>;

  // Runs `act` in a process of its own that dies as `crash` says, and starts this one anew.
  absl::StatusOr<KeyView> RunAndRestart(Crash& crash, const Act& act) {
    FaultyKeyStore store(*store_, crash);
    FaultyHsm hsm(*hsm_, crash);
    absl::StatusOr<KeyView> result;
    {
      Core dying(store, hsm, clock_, random_, crash);
      result = act(dying);
    }
    core_ = std::make_unique<Core>(*store_, *hsm_, clock_, random_, steps_);
    return result;
  }

  Reconciliation ReconcileOnce() {
    const absl::StatusOr<Reconciliation> done = Reconcile(services());
    EXPECT_THAT(done, IsOk());
    return done.value_or(Reconciliation());
  }

  std::vector<keystore::KeyRecord> Rows() {
    std::vector<keystore::KeyRecord> rows;
    const absl::StatusOr<keystore::Changes> changes = store_->ReadChanges(0, 1'000'000);
    EXPECT_THAT(changes, IsOk());
    for (const keystore::Record& record : changes->records) {
      if (const auto* key = std::get_if<keystore::KeyRecord>(&record)) rows.push_back(*key);
    }
    return rows;
  }

  // No row without a usable key, no key without a row.
  void ExpectSound(const std::string& when) {
    size_t published = 0;
    for (const keystore::KeyRecord& row : Rows()) {
      EXPECT_NE(row.state, KeyState::kPendingGeneration) << when;
      if (keystore::IsPublished(row)) {
        ++published;
        const absl::StatusOr<hsm::PublicKey> proven = hsm_->ProveKey(HsmKeySpec(services().instance_id, row));
        ASSERT_THAT(proven, IsOk()) << when;
        EXPECT_EQ(proven->spki_der(), row.public_key_der) << when;
        EXPECT_TRUE(IsPublished({{row.tenant, row.ring}, row.kid})) << when;
      } else {
        EXPECT_FALSE(row.in_hsm) << when;
      }
    }
    EXPECT_EQ(KeysInHsm(), published) << when;
  }

  void ReconcileAndExpectSound(const std::string& when) {
    ReconcileOnce();
    ExpectSound(when);
    const int64_t revision = StoreRevision();
    EXPECT_EQ(ReconcileOnce(), Reconciliation()) << when << ": a second run has nothing to do";
    EXPECT_EQ(StoreRevision(), revision) << when;
  }

  // Lets a process crash around each of its calls in turn, and checks what reconciliation makes of it.
  void CrashEverywhere(const std::function<Act()>& prepare, const std::function<void(bool acknowledged)>& check) {
    bool crashed = true;
    for (int call = 0; crashed; ++call) {
      for (const bool before : {true, false}) {
        const Act act = prepare();
        Crash crash;
        before ? crash.BeforeCall(call) : crash.AfterCall(call);
        const bool acknowledged = RunAndRestart(crash, act).ok();
        crashed = crash.happened();
        const std::string when = std::string(before ? "before" : "after") + " call " + std::to_string(call);
        ReconcileAndExpectSound(when);
        SCOPED_TRACE(when);
        check(acknowledged);
      }
      ASSERT_LT(call, 100) << "the act does not end";
    }
  }
};

TEST_F(ReconcilerTest, HasNothingToDoInANewStoreAndAfterOrderlyWork) {
  EXPECT_EQ(ReconcileOnce(), Reconciliation());
  NewEnabledKey();
  ASSERT_THAT(keys().Revoke(NewKey(), Force::kNo, Call()), IsOk());
  ASSERT_THAT(keys().Delete(NewKey(), Force::kNo, Call()), IsOk());
  EXPECT_EQ(ReconcileOnce(), Reconciliation());
  ExpectSound("orderly");
}

TEST_F(ReconcilerTest, FailsAKeyOfWhichOnlyTheIntentIsThere) {
  Crash crash;
  crash.AtStep(kStepCreateIntended);
  RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid("k"), CallWithId("id")); }).IgnoreError();
  const size_t events = Events().size();
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.failed = 1}));
  EXPECT_THAT(Actions(events), ElementsAre("KeyGenerationFailed", "PrivateKeyDestroyed"));
  EXPECT_EQ(Events().back().actor, "system");
  ExpectSound("intended");
  EXPECT_THAT(keys().Create(ring_, Kid("k"), CallWithId("id")), IsOk()) << "the request may be attempted anew";
}

TEST_F(ReconcilerTest, CompletesAKeyThatWasGeneratedAndItsRequest) {
  for (const std::string& kid : {std::string(), std::string("chosen")}) {
    Crash crash;
    crash.AtStep(kStepCreateGenerated);
    const std::string id = "id" + kid;
    ASSERT_FALSE(RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(kid), CallWithId(id)); }).ok());
    const size_t events = Events().size();
    EXPECT_EQ(ReconcileOnce(), (Reconciliation{.completed = 1}));
    EXPECT_THAT(Actions(events), ElementsAre("KeyGenerated"));
    EXPECT_EQ(Events().back().actor, "system");
    ExpectSound("generated");
    const absl::StatusOr<KeyView> view = keys().Create(ring_, Kid(kid), CallWithId(id));
    ASSERT_THAT(view, IsOk());
    const KeyName name = {ring_, view->record.kid};
    EXPECT_EQ(name.kid.value(), kid.empty() ? keys().GetPublicKey(name)->key.thumbprint() : kid);
    EXPECT_EQ(ReconcileOnce(), Reconciliation());
  }
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(ReconcilerTest, CompletesAKeyWhoseRequestHadNoId) {
  Crash crash;
  crash.AtStep(kStepCreateGenerated);
  ASSERT_FALSE(RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(), Call()); }).ok());
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.completed = 1}));
  ExpectSound("generated");
}

TEST_F(ReconcilerTest, LeavesNothingWhateverTheStepOfACreationAtWhichTheProcessDies) {
  for (const absl::string_view step : kCreateSteps) {
    Crash crash;
    crash.AtStep(step);
    RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(), Call()); }).IgnoreError();
    ASSERT_TRUE(crash.happened()) << step;
    ReconcileAndExpectSound(std::string(step));
  }
}

TEST_F(ReconcilerTest, LeavesNothingWhateverTheStepOfADestructionAtWhichTheProcessDies) {
  for (const bool revoke : {true, false}) {
    for (const absl::string_view step : kDestroySteps) {
      const KeyName name = NewKey();
      Crash crash;
      crash.AtStep(step);
      RunAndRestart(crash, [&](Core& core) {
        return revoke ? core.keys.Revoke(name, Force::kNo, Call()) : core.keys.Delete(name, Force::kNo, Call());
      }).IgnoreError();
      ASSERT_TRUE(crash.happened()) << step;
      ReconcileAndExpectSound(std::string(step));
      EXPECT_EQ(StoredKey(name).state, revoke ? KeyState::kRevoked : KeyState::kDestroyed);
      EXPECT_EQ(KeysInHsm(), 0u);
    }
  }
}

TEST_F(ReconcilerTest, AfterACrashAnywhereInACreationTheRequestMakesExactlyOneKey) {
  int round = 0;
  std::string id;
  std::string kid;
  const auto prepare = [&]() -> Act {
    // A ring of its own for each round: none is ever full.
    const RingName ring = NewRing("r" + std::to_string(++round));
    id = "id" + std::to_string(round);
    return [&, ring, request = CallWithId(id)](Core& core) -> absl::StatusOr<KeyView> {
      // As the process has at its start.
      if (const absl::Status refreshed = core.directory.Refresh(); !refreshed.ok()) return refreshed;
      return core.keys.Create(ring, Kid(), request);
    };
  };
  const auto check = [&](bool acknowledged) {
    const RingName ring = {acme_, keystore::RingId("r" + std::to_string(round))};
    if (acknowledged) {
      EXPECT_EQ(keys().List(ring, keystore::KeyStore::Tombstones::kHide, {})->items.size(), 1u);
    }
    const absl::StatusOr<KeyView> repeated = keys().Create(ring, Kid(), CallWithId(id));
    ASSERT_THAT(repeated, IsOk());
    size_t live = 0;
    const absl::StatusOr<ListResult<KeyView>> list = keys().List(ring, keystore::KeyStore::Tombstones::kHide, {});
    for (const KeyView& view : list->items) live += keystore::IsLive(view.record);
    EXPECT_EQ(live, 1u);
    ExpectSound("after the repetition");
  };
  CrashEverywhere(prepare, check);
  EXPECT_GT(round, 20);
}

TEST_F(ReconcilerTest, AfterACrashAnywhereInARevocationTheKeyIsWholeOrGone) {
  KeyName name;
  const auto prepare = [&]() -> Act {
    name = NewKey();
    return [&](Core& core) -> absl::StatusOr<KeyView> { return core.keys.Revoke(name, Force::kNo, CallWithId(name.kid.value())); };
  };
  const auto check = [&](bool acknowledged) {
    if (acknowledged) {
      EXPECT_EQ(StoredKey(name).state, KeyState::kRevoked);
    }
    EXPECT_THAT(keys().Revoke(name, Force::kNo, CallWithId(name.kid.value())), IsOk());
    EXPECT_EQ(StoredKey(name).state, KeyState::kRevoked);
    ExpectSound("after the repetition");
  };
  CrashEverywhere(prepare, check);
}

TEST_F(ReconcilerTest, ACrashAnywhereInReconciliationIsMendedByTheNext) {
  const auto prepare = [&]() -> Act {
    const KeyName doomed = NewKey();
    for (const absl::string_view step : {kStepCreateIntended, kStepCreateGenerated}) {
      Crash crash;
      crash.AtStep(step);
      RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(), Call()); }).IgnoreError();
    }
    Crash crash;
    crash.AtStep(kStepDestroyCommitted);
    RunAndRestart(crash, [&](Core& core) { return core.keys.Delete(doomed, Force::kNo, Call()); }).IgnoreError();
    return [](Core& core) -> absl::StatusOr<KeyView> {
      const absl::StatusOr<Reconciliation> done = Reconcile(core.services);
      if (!done.ok()) return done.status();
      return KeyView();
    };
  };
  const auto check = [&](bool) {
    for (const keystore::KeyRecord& row : Rows()) {
      if (row.state == KeyState::kDisabled) {
        ASSERT_THAT(keys().Delete({ring_, row.kid}, Force::kNo, Call()), IsOk());
      }
    }
  };
  CrashEverywhere(prepare, check);
}

TEST_F(ReconcilerTest, DestroysAKeyOfThisStoreThatHasNoRowAndNoOther) {
  const keystore::KeyUid uid("000102030405060708090a0b0c0d0e0f");
  const std::string id = absl::HexStringToBytes(uid.value());
  const std::string& instance = services().instance_id;
  ASSERT_THAT(hsm_->GenerateKey({id, HsmLabel(instance, uid), hsm::Algorithm::kEs256}), IsOk());
  ASSERT_THAT(hsm_->GenerateKey({std::string(16, 'x'), HsmLabel("another-instance", uid), hsm::Algorithm::kEs256}), IsOk());
  ASSERT_THAT(hsm_->GenerateKey({std::string(16, 'y'), "somebody else's", hsm::Algorithm::kEs256}), IsOk());
  ASSERT_THAT(hsm_->GenerateKey({std::string(16, 'z'), HsmLabel(instance, uid), hsm::Algorithm::kEs256}), IsOk());
  NewKey();
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.orphans = 1}));
  EXPECT_EQ(KeysInHsm(), 4u) << "a label that does not fit the id is not trusted";
  EXPECT_EQ(Events().back().actor, "system");
  EXPECT_EQ(Events().back().action, "OrphanDestroyed");
  EXPECT_EQ(Events().back().resource, HsmLabel(instance, uid));
  EXPECT_EQ(ReconcileOnce(), Reconciliation());
}

TEST_F(ReconcilerTest, CountsAPublishedKeyThatTheTokenLacksAndLeavesItAlone) {
  const KeyName lost = NewEnabledKey();
  NewKey();
  const keystore::KeyRecord before = StoredKey(lost);
  ASSERT_THAT(hsm_->DestroyKey(HsmKeySpec(services().instance_id, before).id), IsOk());
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.missing = 1}));
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.missing = 1}));
  EXPECT_EQ(StoredKey(lost), before);
}

TEST_F(ReconcilerTest, GivesNothingUpWhileTheHsmCannotBeUsed) {
  Crash crash;
  crash.AtStep(kStepCreateGenerated);
  ASSERT_FALSE(RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(), Call()); }).ok());
  Crash none;
  FaultyHsm hsm(*hsm_, none);
  hsm.prove_error = Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "the token is gone");
  Core core(*store_, hsm, clock_, random_, steps_);
  const int64_t revision = StoreRevision();
  EXPECT_THAT(Reconcile(core.services), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.completed = 1}));
}

TEST_F(ReconcilerTest, ReportsThatTheHsmCannotDestroyAndFinishesLater) {
  Crash crash;
  crash.AtStep(kStepCreateIntended);
  RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(), Call()); }).IgnoreError();
  Crash none;
  FaultyHsm hsm(*hsm_, none);
  hsm.destroy_error = Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "the token is gone");
  hsm.health_error = hsm.destroy_error;
  Core core(*store_, hsm, clock_, random_, steps_);
  EXPECT_THAT(Reconcile(core.services), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  ReconcileAndExpectSound("later");
}

TEST_F(ReconcilerTest, LeavesWhatATokenThatAnswersRefusesToDestroyAndGoesOn) {
  Crash none;
  FaultyHsm hsm(*hsm_, none);
  Core core(*store_, hsm, clock_, random_, steps_);
  const KeyName stubborn = NewKey("stubborn");
  const KeyName other = NewKey("other");
  hsm.indestructible = HsmKeySpec(services().instance_id, StoredKey(stubborn)).id;
  hsm.destroy_error = Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "CKR_GENERAL_ERROR");
  ASSERT_THAT(core.keys.Delete(stubborn, Force::kNo, Call()), IsOk());
  ASSERT_THAT(core.keys.Delete(other, Force::kNo, Call()), IsOk());
  hsm.destroy_error = absl::OkStatus();
  EXPECT_EQ(Reconcile(core.services).value(), (Reconciliation{.destroyed = 1, .refused = 1}));
  EXPECT_EQ(Reconcile(core.services).value(), (Reconciliation{.refused = 1}));
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.destroyed = 1}));
}

TEST_F(ReconcilerTest, LeavesAnOrphanThatCannotBeDestroyed) {
  Crash none;
  FaultyHsm hsm(*hsm_, none);
  Core core(*store_, hsm, clock_, random_, steps_);
  const keystore::KeyUid uid("000102030405060708090a0b0c0d0e0f");
  const std::string& instance = services().instance_id;
  hsm.indestructible = absl::HexStringToBytes(uid.value());
  ASSERT_THAT(hsm_->GenerateKey({hsm.indestructible, HsmLabel(instance, uid), hsm::Algorithm::kEs256}), IsOk());
  EXPECT_EQ(Reconcile(core.services).value(), (Reconciliation{.refused = 1}));
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.orphans = 1}));
}

TEST_F(ReconcilerTest, LeavesAKeyToBeMadeOfAnAlgorithmThatThisReleaseDoesNotKnow) {
  keystore::Change change;
  keystore::KeyRecord pending = StoredKey(NewKey());
  pending.uid = keystore::KeyUid("000102030405060708090a0b0c0d0e0f");
  pending.kid = keystore::Kid("of-a-later-release");
  pending.state = KeyState::kPendingGeneration;
  pending.algorithm = "ML-DSA-44";
  pending.revision = 0;
  change.puts = {pending};
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  EXPECT_EQ(ReconcileOnce(), Reconciliation());
  EXPECT_EQ(StoredKey({ring_, pending.kid}).state, KeyState::kPendingGeneration);
}

TEST_F(ReconcilerTest, ReadsAStoreOfMoreThanOnePage) {
  for (int i = 0; i < 11; ++i) {
    keystore::Change change;
    change.events.emplace_back();
    for (int j = 0; j < 100; ++j) {
      keystore::RingRecord ring;
      ring.tenant = acme_;
      ring.id = keystore::RingId("r" + std::to_string(100 * i + j));
      ring.algorithm = "ES256";
      change.puts.emplace_back(ring);
    }
    ASSERT_THAT(store_->Commit(change), IsOk());
  }
  Crash crash;
  crash.AtStep(kStepCreateGenerated);
  ASSERT_FALSE(RunAndRestart(crash, [&](Core& core) { return core.keys.Create(ring_, Kid(), Call()); }).ok());
  EXPECT_EQ(ReconcileOnce(), (Reconciliation{.completed = 1}));
}

}  // namespace
}  // namespace signet::core
