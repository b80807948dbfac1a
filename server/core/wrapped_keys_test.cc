// Keys of WRAPPED rings, from their wrapping key to their end.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "hsm/digest.h"
#include "server/core/key_signer.h"
#include "server/core/stored_wrapped_keys.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"
#include "server/core/wrapping_key_creation.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyState;
using keystore::Kid;
using keystore::Protection;
using keystore::WrappingKeyState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WrappedKeysTest : public CoreTest {
 protected:
  RingName NewWrappedRing(const std::string& id) {
    const RingName name = {acme_, keystore::RingId(id)};
    EXPECT_THAT(Create(*core_, name), IsOk());
    return name;
  }

  static absl::StatusOr<RingView> Create(Core& core_parts, const RingName& name, const ChangeRequest& request = Call()) {
    core::NewRing ring;
    ring.protection = Protection::kWrapped;
    ring.policy.activation_delay = absl::ZeroDuration();
    return core_parts.rings.Create(name, ring, request);
  }

  absl::StatusOr<std::string> Sign(const KeyName& name) {
    return KeySigner(*hsm_, *store_)
        .Sign(HsmKeySpec(services().instance_id, StoredKey(name)), hsm::ComputeDigest(hsm::Hash::kSha256, "m"));
  }

  bool Signs(const KeyName& name) {
    const absl::StatusOr<std::string> signature = Sign(name);
    EXPECT_THAT(signature, IsOk());
    const auto key = hsm::PublicKey::FromSpki(hsm::Algorithm::kEs256, StoredKey(name).public_key_der);
    return signature.ok() && key->VerifyMessage("m", *signature).ok();
  }

  std::vector<WrappingKeyState> WrappingKeys() {
    std::vector<WrappingKeyState> states;
    const std::vector<keystore::WrappingKeyRecord> keys = store_->ListWrappingKeys().value();
    for (const keystore::WrappingKeyRecord& key : keys) states.push_back(key.state);
    return states;
  }
  size_t WrappingKeysInHsm() { return hsm_->key_wrapper().ListWrappingKeys("").value().size(); }

  void Restart() { core_ = std::make_unique<Core>(*store_, *hsm_, clock_, random_, steps_); }

  // Each key that is published signs; nothing is half made; the HSM holds the wrapping keys of the store and no other.
  void ExpectSound() {
    size_t in_hsm = 0;
    const std::vector<keystore::WrappingKeyRecord> wrapping_keys = store_->ListWrappingKeys().value();
    for (const keystore::WrappingKeyRecord& key : wrapping_keys) {
      EXPECT_NE(key.state, WrappingKeyState::kPendingGeneration);
      EXPECT_EQ(key.in_hsm, key.state != WrappingKeyState::kDestroyed);
      in_hsm += key.in_hsm ? 1 : 0;
    }
    EXPECT_EQ(WrappingKeysInHsm(), in_hsm);
    EXPECT_EQ(KeysInHsm(), 0u);
    const keystore::Changes changes = store_->ReadChanges(0, 1'000'000).value();
    for (const keystore::Record& record : changes.records) {
      const auto* key = std::get_if<keystore::KeyRecord>(&record);
      if (key == nullptr) continue;
      EXPECT_NE(key->state, KeyState::kPendingGeneration);
      EXPECT_EQ(store_->GetWrappedKey(key->uid)->has_value(), keystore::IsPublished(*key));
      if (keystore::IsPublished(*key)) {
        EXPECT_TRUE(Signs({{key->tenant, key->ring}, key->kid}));
      } else {
        EXPECT_FALSE(key->in_hsm);
      }
    }
  }
};

TEST_F(WrappedKeysTest, AreInTheStoreWrappedByTheOneWrappingKeyAndSign) {
  EXPECT_THAT(WrappingKeys(), IsEmpty()) << "nobody needs one";
  const RingName ring = NewWrappedRing("a");
  EXPECT_EQ(rings().Get(ring)->record.protection, Protection::kWrapped);
  const KeyName first = NewKeyIn(ring, "first");
  const KeyName second = NewKeyIn(NewWrappedRing("b"), "second");
  EXPECT_THAT(WrappingKeys(), ElementsAre(WrappingKeyState::kCurrent));
  EXPECT_EQ(WrappingKeysInHsm(), 1u);
  EXPECT_EQ(StoredKey(first).protection, Protection::kWrapped);
  ExpectSound();
  EXPECT_THAT(keys().Enable(second, Force::kNo, Call()), IsOk());
  Restart();
  EXPECT_TRUE(Signs(first));
  EXPECT_TRUE(Signs(second));
}

TEST_F(WrappedKeysTest, AreInNoEvent) {
  const KeyName key = NewKeyIn(NewWrappedRing("a"), "k");
  const keystore::WrappedKeyRecord wrapped = **store_->GetWrappedKey(StoredKey(key).uid);
  for (const keystore::Event& event : Events()) {
    for (const std::string& form : {Base64UrlEncode(wrapped.blob), absl::BytesToHexString(wrapped.blob), wrapped.blob}) {
      EXPECT_THAT(event.before + event.after, Not(HasSubstr(form)));
    }
  }
}

TEST_F(WrappedKeysTest, GoWithTheCommitThatRevokesOrDeletesThem) {
  const RingName ring = NewWrappedRing("a");
  const KeyName revoked = NewKeyIn(ring, "revoked");
  const KeyName deleted = NewKeyIn(ring, "deleted");
  ASSERT_TRUE(Signs(revoked) && Signs(deleted));
  ASSERT_THAT(keys().Revoke(revoked, Force::kNo, Call()), IsOk());
  ASSERT_THAT(keys().Delete(deleted, Force::kYes, Call()), IsOk());
  EXPECT_EQ(hsm_->key_wrapper().GetStatistics().unwrapped_keys, 0);
  for (const KeyName& name : {revoked, deleted}) EXPECT_THAT(Sign(name), IsError(StatusCode::kNotFound, "KEY_NOT_FOUND"));
  ExpectSound();
}

TEST_F(WrappedKeysTest, OfAnotherKeyRingOrStoreAreRefusedWhateverTheStoreSays) {
  const KeyName victim = NewKeyIn(NewWrappedRing("a"), "victim");
  const KeyName thief = NewKeyIn(NewWrappedRing("b"), "thief");
  const keystore::KeyRecord victim_row = StoredKey(victim);
  const keystore::KeyRecord thief_row = StoredKey(thief);
  const auto overwrite = [&](std::vector<keystore::Record> records) {
    keystore::Change change;
    change.puts = std::move(records);
    change.events.emplace_back();
    EXPECT_THAT(store_->Commit(change), IsOk());
  };
  // All of the victim's key into the thief's rows.
  keystore::WrappedKeyRecord stolen = **store_->GetWrappedKey(victim_row.uid);
  stolen.key = thief_row.uid;
  stolen.revision = (*store_->GetWrappedKey(thief_row.uid))->revision;
  keystore::KeyRecord row = thief_row;
  row.public_key_der = victim_row.public_key_der;
  overwrite({row, stolen});
  // What was unwrapped before is the thief's own.
  hsm_->key_wrapper().Forget(HsmKeyId(thief_row.uid));
  EXPECT_THAT(Sign(thief), IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
  // The victim's row itself into the thief's ring.
  row = victim_row;
  row.ring = thief_row.ring;
  overwrite({row});
  EXPECT_THAT(Sign({thief.ring, victim.kid}), IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
  // Another store that has it all.
  hsm::KeySpec spec = HsmKeySpec("another-instance", victim_row);
  EXPECT_THAT(KeySigner(*hsm_, *store_).Sign(spec, std::string(32, 'd')), IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
}

TEST_F(WrappedKeysTest, NeedAnHsmThatCanWrap) {
  Crash crash;
  FaultyHsm hsm(*hsm_, crash);
  Core core(*store_, hsm, clock_, random_, steps_);
  const RingName name = {acme_, keystore::RingId("a")};
  hsm.key_wrapper_faults.check_error = absl::UnimplementedError("it cannot");
  EXPECT_THAT(Create(core, name), IsError(StatusCode::kFailedPrecondition, "HSM_UNSUPPORTED"));
  EXPECT_THAT(Create(core, name, ValidateOnly()), IsError(StatusCode::kFailedPrecondition, "HSM_UNSUPPORTED"));
  hsm.key_wrapper_faults.check_error = absl::OkStatus();
  hsm.key_wrapper_faults.generate_wrapping_key_error = Error(StatusCode::kUnavailable, "HSM_UNAVAILABLE", "away");
  EXPECT_THAT(Create(core, name), IsError(StatusCode::kUnavailable, "HSM_UNAVAILABLE"));
  EXPECT_THAT(rings().Get(name), IsError(StatusCode::kNotFound, "KEY_RING_NOT_FOUND"));
  hsm.key_wrapper_faults.generate_wrapping_key_error = absl::OkStatus();
  ASSERT_THAT(Create(core, name), IsOk());
  hsm.key_wrapper_faults.generate_error = Error(StatusCode::kUnavailable, "HSM_UNAVAILABLE", "away");
  EXPECT_THAT(core.keys.Create(name, Kid("k"), Call()), IsError(StatusCode::kUnavailable, "HSM_UNAVAILABLE"));
  EXPECT_THAT(keys().Create(name, Kid("k"), Call()), IsOk()) << "the kid is free";
  RingUpdate update;
  update.algorithm = hsm::Algorithm::kEd25519;
  hsm.key_wrapper_faults.check_error = absl::UnimplementedError("it cannot");
  EXPECT_THAT(core.rings.Update(name, update, Call()), IsError(StatusCode::kFailedPrecondition, "HSM_UNSUPPORTED"));
  update = {};
  update.protection = Protection::kWrapped;
  EXPECT_THAT(core.rings.Update(ring_, update, Call()), IsError(StatusCode::kFailedPrecondition, "HSM_UNSUPPORTED"));
  ExpectSound();
}

TEST_F(WrappedKeysTest, ARingTurnsToThemAndBackWithItsNextKeys) {
  const KeyName on_token = NewEnabledKey("on-token");
  EXPECT_THAT(WrappingKeys(), IsEmpty());
  RingUpdate update;
  update.protection = Protection::kWrapped;
  EXPECT_EQ(rings().Update(ring_, update, ValidateOnly())->record.protection, Protection::kWrapped);
  EXPECT_THAT(WrappingKeys(), IsEmpty()) << "it was only asked";
  const std::string etag = rings().Get(ring_)->etag;
  ASSERT_THAT(rings().Update(ring_, update, CallWithEtag(etag)), IsOk());
  EXPECT_THAT(rings().Update(ring_, update, CallWithEtag(etag)), IsError(StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(WrappingKeys(), ElementsAre(WrappingKeyState::kCurrent));
  const KeyName wrapped = NewKey("wrapped");
  EXPECT_EQ(StoredKey(wrapped).protection, Protection::kWrapped);
  EXPECT_EQ(StoredKey(on_token).protection, Protection::kToken);
  EXPECT_EQ(KeysInHsm(), 1u);
  EXPECT_THAT(keys().Enable(wrapped, Force::kNo, Call()), IsOk());

  update.protection = Protection::kToken;
  ASSERT_THAT(rings().Update(ring_, update, Call()), IsOk());
  const KeyName back = NewKey("back");
  EXPECT_EQ(StoredKey(back).protection, Protection::kToken);
  Restart();
  for (const KeyName& key : {on_token, wrapped, back}) EXPECT_TRUE(Signs(key));
  EXPECT_EQ(*Reconcile(services()), Reconciliation());
}

TEST_F(WrappedKeysTest, OfManyWhoNeedAWrappingKeyAtOnceAllGetTheSame) {
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { EXPECT_THAT(Create(*core_, {acme_, keystore::RingId(absl::StrCat("r", i))}), IsOk()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count(WrappingKeys(), WrappingKeyState::kCurrent), 1);
  ExpectSound();
}

TEST_F(WrappedKeysTest, SurviveACrashAroundEachCall) {
  const RingName ring = {acme_, keystore::RingId("a")};
  bool crashed = true;
  for (int call = 0; crashed; ++call) {
    for (const bool before : {true, false}) {
      SCOPED_TRACE(absl::StrCat(before ? "before" : "after", " call ", call));
      const std::string id = absl::StrCat(before ? "b" : "a", call);
      Crash crash;
      before ? crash.BeforeCall(call) : crash.AfterCall(call);
      {
        FaultyKeyStore store(*store_, crash);
        FaultyHsm hsm(*hsm_, crash);
        Core dying(store, hsm, clock_, random_, crash);
        const RingName name = {acme_, keystore::RingId("ring-" + id)};
        (void)Create(dying, name, CallWithId("ring-" + id));
        (void)dying.keys.Create(name, Kid(id), CallWithId("key-" + id));
        (void)dying.keys.Revoke({name, Kid(id)}, Force::kNo, CallWithId("revoke-" + id));
      }
      crashed = crash.happened();
      Restart();
      ASSERT_THAT(Reconcile(services()), IsOk());
      ExpectSound();
      EXPECT_EQ(*Reconcile(services()), Reconciliation());
      // Each repetition ends what was begun.
      const RingName name = {acme_, keystore::RingId("ring-" + id)};
      EXPECT_THAT(Create(*core_, name, CallWithId("ring-" + id)), IsOk());
      EXPECT_THAT(keys().Create(name, Kid(id), CallWithId("key-" + id)), IsOk());
    }
    ASSERT_LT(call, 200) << "the act does not end";
  }
}

TEST_F(WrappedKeysTest, ARequestThatLostTheStoreIsCompletedWithAnotherPair) {
  const RingName ring = NewWrappedRing("a");
  Crash crash;
  crash.AtStep(kStepCreateGenerated);
  FaultyKeyStore store(*store_, crash);
  {
    Core dying(store, *hsm_, clock_, random_, crash);
    ASSERT_FALSE(dying.keys.Create(ring, Kid("k"), CallWithId("id")).ok());
  }
  EXPECT_THAT(keys().Create(ring, Kid("k"), CallWithId("id")), IsOk()) << "without a restart";
  ExpectSound();
}

TEST_F(WrappedKeysTest, AWrappingKeyWithoutARowIsReportedAndLeftAloneAndAMissingOneIsReported) {
  const KeyName key = NewKeyIn(NewWrappedRing("a"), "k");
  const std::string stranger(16, 's');
  ASSERT_THAT(hsm_->key_wrapper().GenerateWrappingKey({stranger, "signet/another-store/key"}), IsOk());
  const std::string orphan(16, 'o');
  ASSERT_THAT(hsm_->key_wrapper().GenerateWrappingKey({orphan, absl::StrCat("signet/", services().instance_id, "/key")}), IsOk());
  EXPECT_EQ(*Reconcile(services()), Reconciliation());
  for (const std::string& id : {stranger, orphan}) EXPECT_THAT(hsm_->key_wrapper().ProveWrappingKey(id), IsOk());
  ASSERT_EQ(log().lines().size(), 1u);
  EXPECT_THAT(log().lines()[0].message, HasSubstr("a wrapping key of this store that the store does not know"));

  const std::string wrapping_key = absl::HexStringToBytes(store_->ListWrappingKeys()->front().uid.value());
  ASSERT_THAT(hsm_->key_wrapper().DestroyWrappingKey(wrapping_key), IsOk());
  EXPECT_EQ(*Reconcile(services()), (Reconciliation{.missing = 1}));
}

}  // namespace
}  // namespace signet::core
