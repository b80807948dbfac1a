// What wrapped keys and their wrapping keys survive: a store that fails, others who are at the same key, and an HSM that lost what
// wraps.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hsm/digest.h"
#include "server/core/key_signer.h"
#include "server/core/rewrapping.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"
#include "server/core/wrapping_key_creation.h"
#include "server/core/wrapping_keys.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyState;
using keystore::Kid;
using keystore::Protection;
using keystore::Purge;
using keystore::WrappingKeyRecord;
using keystore::WrappingKeyState;
using keystore::WrappingKeyUid;
using testing::HasSubstr;

bool Never() { return false; }

// MeddlingObserver runs something the first time that a step is reached: what others do just then.
class MeddlingObserver final : public StepObserver {
 public:
  MeddlingObserver(absl::string_view step, std::function<void()> act) : step_(step), act_(std::move(act)) {}

  void Reached(absl::string_view step) override {
    if (step != step_ || !act_) return;
    std::exchange(act_, nullptr)();
  }
  bool has_acted() const { return !act_; }

 private:
  const std::string step_;
  std::function<void()> act_;
};

class WrappedKeyFaultsTest : public CoreTest {
 protected:
  RingName NewWrappedRing(const std::string& id, const keystore::KeyPolicy& policy = {}) {
    const RingName name = {acme_, keystore::RingId(id)};
    core::NewRing ring;
    ring.protection = Protection::kWrapped;
    ring.policy = policy;
    ring.policy.activation_delay = absl::ZeroDuration();
    EXPECT_THAT(rings().Create(name, ring, Call()), IsOk());
    return name;
  }
  // One whose rotations have to make the key that they need.
  RingName NewRingWithoutNext(const std::string& id) {
    keystore::KeyPolicy policy;
    policy.keep_next = false;
    policy.max_keys = 2;
    return NewWrappedRing(id, policy);
  }

  absl::StatusOr<std::string> Sign(const KeyName& name) {
    hsm_->key_wrapper().Forget(HsmKeyId(StoredKey(name).uid));
    return KeySigner(*hsm_, *store_)
        .Sign(HsmKeySpec(services().instance_id, StoredKey(name)), hsm::ComputeDigest(hsm::Hash::kSha256, "m"));
  }
  // From what is stored, and for the public key that is.
  void ExpectSigns(const KeyName& name) {
    const absl::StatusOr<std::string> signature = Sign(name);
    ASSERT_THAT(signature, IsOk()) << name.kid.value();
    const auto key = hsm::PublicKey::FromSpki(hsm::Algorithm::kEs256, StoredKey(name).public_key_der);
    EXPECT_THAT(key->VerifyMessage("m", *signature), IsOk()) << name.kid.value();
  }

  std::vector<keystore::KeyRecord> KeysOf(const RingName& ring) {
    return store_->ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kShow, {}).value();
  }
  WrappingKeyRecord Current() {
    const std::vector<WrappingKeyRecord> keys = store_->ListWrappingKeys().value();
    for (const WrappingKeyRecord& key : keys) {
      if (key.state == WrappingKeyState::kCurrent) return key;
    }
    return {};
  }
  static std::string IdOf(const WrappingKeyUid& uid) { return absl::HexStringToBytes(uid.value()); }
  // As an HSM that was replaced.
  void LoseWrappingKey(const WrappingKeyUid& uid) { ASSERT_THAT(hsm_->key_wrapper().DestroyWrappingKey(IdOf(uid)), IsOk()); }
  size_t WrappingKeysInHsm() { return hsm_->key_wrapper().ListWrappingKeys("").value().size(); }
  WrappingKeyUid RotateWrappingKey() {
    const absl::StatusOr<WrappingKeyView> made = WrappingKeys(services()).Rotate(Call());
    EXPECT_THAT(made, IsOk());
    return made.ok() ? made->record.uid : WrappingKeyUid();
  }

  // Runs `before_it` before, with what it leaves unwrapped.
  void Corrupt(const KeyName& name, const std::function<void()>& before_it = nullptr) {
    hsm_->key_wrapper().Forget(HsmKeyId(StoredKey(name).uid));
    if (before_it) before_it();
    keystore::WrappedKeyRecord wrapped = **store_->GetWrappedKey(StoredKey(name).uid);
    wrapped.mac[0] ^= 1;
    keystore::Change change;
    change.puts = {wrapped};
    change.events.emplace_back();
    ASSERT_THAT(store_->Commit(change), IsOk());
  }
};

TEST_F(WrappedKeyFaultsTest, AKeyWhoseCommitFailedIsMadeAnewByTheRepetitionInTheSameProcess) {
  const RingName ring = NewWrappedRing("a");
  Crash none;
  FaultyKeyStore store(*store_, none);
  Core core(store, *hsm_, clock_, random_, steps_);
  int commits = 0;
  store.before_commit = [&] {
    // The intent, and then the pair.
    if (++commits == 2) store.commit_error = Error(StatusCode::kUnavailable, "STORE_UNAVAILABLE", "away");
  };
  EXPECT_THAT(core.keys.Create(ring, Kid("k"), CallWithId("id")), IsError(StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  ASSERT_EQ(KeysOf(ring).at(0).state, KeyState::kPendingGeneration);
  store.before_commit = nullptr;
  store.commit_error = absl::OkStatus();
  EXPECT_THAT(core.keys.Create(ring, Kid("k"), CallWithId("id")), IsOk());
  ExpectSigns({ring, Kid("k")});
}

TEST_F(WrappedKeyFaultsTest, OfTwoWhoMakeTheSameKeyTheFasterOnesPairIsEverybodys) {
  const RingName ring = NewWrappedRing("a");
  MeddlingObserver other(kStepCreateGenerated,
                         [&] { EXPECT_THAT(keys().Create(ring, Kid("k"), CallWithId("id")), IsOk()) << "the faster one"; });
  Core core(*store_, *hsm_, clock_, random_, other);
  EXPECT_THAT(core.keys.Create(ring, Kid("k"), CallWithId("id")), IsOk());
  EXPECT_TRUE(other.has_acted());
  ASSERT_EQ(KeysOf(ring).size(), 1u);
  ExpectSigns({ring, Kid("k")});
}

TEST_F(WrappedKeyFaultsTest, OfTwoRotationsOfARingWithoutANextKeyBothHaveTheSameResult) {
  const RingName ring = NewRingWithoutNext("a");
  ASSERT_THAT(keys().Enable(NewKeyIn(ring, "first"), Force::kNo, Call()), IsOk());
  std::optional<absl::StatusOr<RotationResult>> faster;
  MeddlingObserver other(kStepCreateGenerated, [&] { faster = keys().Rotate(ring, {}, Call()); });
  Core core(*store_, *hsm_, clock_, random_, other);
  EXPECT_THAT(core.keys.Rotate(ring, {}, Call()), IsOk());
  ASSERT_TRUE(faster.has_value());
  EXPECT_THAT(*faster, IsOk());
  const std::vector<keystore::KeyRecord> made = KeysOf(ring);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].state, KeyState::kEnabled);
  ExpectSigns({ring, made[1].kid});
}

TEST_F(WrappedKeyFaultsTest, AKeyWhoseWrappedFormIsCorruptDoesNotBecomeTheOneThatSigns) {
  const RingName ring = NewWrappedRing("a");
  const KeyName current = NewKeyIn(ring, "current");
  ASSERT_THAT(keys().Enable(current, Force::kNo, Call()), IsOk());
  const KeyName next = NewKeyIn(ring, "next");
  Corrupt(next);
  EXPECT_THAT(keys().Enable(next, Force::kYes, Call()), IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
  EXPECT_THAT(keys().Rotate(ring, {}, Call()), IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
  EXPECT_THAT(keys().Rotate(ring, {Purge::kYes, Force::kNo, ""}, Call()), IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
  EXPECT_EQ(StoredKey(current).state, KeyState::kEnabled);
  ExpectSigns(current);
  ASSERT_THAT(keys().Revoke(next, Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Rotate(ring, {}, Call()), IsOk()) << "with another key";
}

TEST_F(WrappedKeyFaultsTest, AKeyThatIsStillUnwrappedDoesNotHideThatItsWrappedFormIsCorrupt) {
  const RingName ring = NewWrappedRing("a");
  const KeyName former = NewKeyIn(ring, "former");
  ASSERT_THAT(keys().Enable(former, Force::kNo, Call()), IsOk());
  ASSERT_THAT(keys().Enable(NewKeyIn(ring, "current"), Force::kNo, Call()), IsOk());
  Corrupt(former, [&] { ExpectSigns(former); });
  EXPECT_GT(hsm_->key_wrapper().GetStatistics().unwrapped_keys, 0);
  const absl::Status status = keys().Enable(former, Force::kYes, Call()).status();
  EXPECT_THAT(status, IsError(StatusCode::kDataLoss, "STORE_CORRUPT"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("revoke the key"));
  EXPECT_EQ(StoredKey(former).state, KeyState::kDisabled);
}

TEST_F(WrappedKeyFaultsTest, AStartTellsOfAWrappingKeyThatIsLostAlsoIfItHasWrappedNothing) {
  NewWrappedRing("a");
  const WrappingKeyUid lost = Current().uid;
  LoseWrappingKey(lost);
  EXPECT_EQ(*Reconcile(services()), Reconciliation());
  ASSERT_EQ(log().lines().size(), 1u);
  EXPECT_THAT(log().lines()[0].message, HasSubstr("RotateWrappingKey"));
}

TEST_F(WrappedKeyFaultsTest, WithoutTheCurrentWrappingKeyNoKeyIsMadeUntilThereIsANewOne) {
  const RingName ring = NewWrappedRing("a");
  const WrappingKeyUid lost = Current().uid;
  LoseWrappingKey(lost);
  for (const ChangeRequest& request : {CallWithId("id"), CallWithId("id"), ValidateOnly(), Call()}) {
    const absl::Status status = keys().Create(ring, Kid("k"), request).status();
    ASSERT_THAT(status, IsError(StatusCode::kUnavailable, "HSM_UNAVAILABLE"));
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("wrapping_key"), absl::StrCat("wrappingKeys/", lost.value()));
    EXPECT_THAT(std::string(status.message()), HasSubstr("RotateWrappingKey"));
  }
  EXPECT_TRUE(KeysOf(ring).empty()) << "nothing was begun";
  RotateWrappingKey();
  EXPECT_THAT(keys().Create(ring, Kid("k"), CallWithId("id")), IsOk());
  ExpectSigns({ring, Kid("k")});
}

TEST_F(WrappedKeyFaultsTest, AWrappingKeyThatIsLostAfterTheIntentIsNamedToo) {
  const RingName ring = NewWrappedRing("a");
  MeddlingObserver other(kStepCreateIntended, [&] { LoseWrappingKey(Current().uid); });
  Core core(*store_, *hsm_, clock_, random_, other);
  const absl::Status status = core.keys.Create(ring, Kid("k"), CallWithId("id")).status();
  ASSERT_THAT(status, IsError(StatusCode::kUnavailable, "HSM_UNAVAILABLE"));
  EXPECT_EQ(GetErrorDetail(status)->metadata.count("wrapping_key"), 1u);
}

TEST_F(WrappedKeyFaultsTest, WithoutTheCurrentWrappingKeyAFullRingKeepsItsKeys) {
  const RingName ring = NewRingWithoutNext("a");
  const KeyName previous = NewKeyIn(ring, "previous");
  ASSERT_THAT(keys().Enable(previous, Force::kNo, Call()), IsOk());
  ASSERT_THAT(keys().Enable(NewKeyIn(ring, "current"), Force::kNo, Call()), IsOk());
  LoseWrappingKey(Current().uid);
  for (const ChangeRequest& request : {ValidateOnly(), Call()}) {
    EXPECT_THAT(keys().Rotate(ring, {Purge::kNo, Force::kYes, ""}, request), IsError(StatusCode::kUnavailable, "HSM_UNAVAILABLE"));
  }
  EXPECT_EQ(StoredKey(previous).state, KeyState::kDisabled);
  EXPECT_EQ(KeysOf(ring).size(), 2u);
}

TEST_F(WrappedKeyFaultsTest, AFullRingKeepsItsKeysIfTheHsmCannotWrapAnother) {
  const RingName ring = NewRingWithoutNext("a");
  const KeyName previous = NewKeyIn(ring, "previous");
  ASSERT_THAT(keys().Enable(previous, Force::kNo, Call()), IsOk());
  ASSERT_THAT(keys().Enable(NewKeyIn(ring, "current"), Force::kNo, Call()), IsOk());
  Crash none;
  FaultyHsm hsm(*hsm_, none);
  hsm.key_wrapper_faults.check_error = Error(StatusCode::kUnimplemented, "HSM_UNSUPPORTED", "it cannot");
  Core core(*store_, hsm, clock_, random_, steps_);
  EXPECT_THAT(core.keys.Rotate(ring, {Purge::kNo, Force::kYes, ""}, Call()),
              IsError(StatusCode::kFailedPrecondition, "HSM_UNSUPPORTED"));
  EXPECT_EQ(StoredKey(previous).state, KeyState::kDisabled);
  EXPECT_EQ(KeysOf(ring).size(), 2u);
}

TEST_F(WrappedKeyFaultsTest, AFormerWrappingKeyThatIsLostHoldsUpOnlyWhatItHasWrapped) {
  const KeyName lost_key = NewKeyIn(NewWrappedRing("a"), "lost");
  const WrappingKeyUid lost = Current().uid;
  const WrappingKeyUid former = RotateWrappingKey();
  const KeyName key = NewKeyIn(NewWrappedRing("b"), "kept");
  const WrappingKeyUid current = RotateWrappingKey();
  LoseWrappingKey(lost);
  Rewrapping rewrapping(services());
  EXPECT_EQ(rewrapping.Run(Never).value_or(-1), 1);
  EXPECT_EQ(rewrapping.Run(Never).value_or(-1), 0);
  EXPECT_EQ((*store_->GetWrappedKey(StoredKey(key).uid))->wrapping_key, current);
  EXPECT_EQ((*store_->GetWrappedKey(StoredKey(lost_key).uid))->wrapping_key, lost);
  ExpectSigns(key);
  EXPECT_THAT(WrappingKeys(services()).Destroy(former, Call()), IsOk());
  int lines = 0;
  for (const RecordingLogger::Line& line : log().lines())
    lines += line.message.find("does not hold a wrapping key") != std::string::npos;
  EXPECT_EQ(lines, 1);
}

TEST_F(WrappedKeyFaultsTest, AWrappingKeyThatAStartEndsBeforeTheHsmHasMadeItIsNotLeftThere) {
  MeddlingObserver start(kStepWrappingIntended, [&] { EXPECT_EQ(ResolveWrappingKeys(services()).value_or(-1), 1); });
  Core core(*store_, *hsm_, clock_, random_, start);
  EXPECT_THAT(CurrentWrappingKey(core.services, {"alice", ""}), IsOk()) << "with another one";
  EXPECT_TRUE(start.has_acted());
  EXPECT_EQ(WrappingKeysInHsm(), 1u);
  EXPECT_THAT(hsm_->key_wrapper().ProveWrappingKey(IdOf(Current().uid)), IsOk());
}

TEST_F(WrappedKeyFaultsTest, AWrappingKeyOfSomebodyElseWithTheSameIdIsLeftAlone) {
  std::string id;
  MeddlingObserver other(kStepWrappingIntended, [&] {
    id = IdOf(store_->ListWrappingKeys()->front().uid);
    ASSERT_THAT(hsm_->key_wrapper().GenerateWrappingKey({id, "signet/another-store/key"}), IsOk());
  });
  Core core(*store_, *hsm_, clock_, random_, other);
  EXPECT_THAT(CurrentWrappingKey(core.services, {"alice", ""}), IsError(StatusCode::kInternal, "DEFECT"));
  EXPECT_THAT(hsm_->key_wrapper().ProveWrappingKey(id), IsOk());
  ASSERT_THAT(Reconcile(services()), IsOk());
  EXPECT_THAT(hsm_->key_wrapper().ProveWrappingKey(id), IsOk());
}

TEST_F(WrappedKeyFaultsTest, ARotationOfTheWrappingKeyThatOnlyValidatesAsksWhetherTheHsmWraps) {
  Crash none;
  FaultyHsm hsm(*hsm_, none);
  hsm.key_wrapper_faults.check_error = Error(StatusCode::kUnimplemented, "HSM_UNSUPPORTED", "it cannot");
  Core core(*store_, hsm, clock_, random_, steps_);
  EXPECT_THAT(WrappingKeys(core.services).Rotate(ValidateOnly()), IsError(StatusCode::kUnimplemented, "HSM_UNSUPPORTED"));
}

}  // namespace
}  // namespace signet::core
