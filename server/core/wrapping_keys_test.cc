// Wrapping keys: their rotation, how keys are wrapped anew, and their end.
#include "server/core/wrapping_keys.h"

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hsm/digest.h"
#include "server/core/key_signer.h"
#include "server/core/metrics.h"
#include "server/core/observed_store.h"
#include "server/core/rewrapping.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::Protection;
using keystore::WrappingKeyState;
using keystore::WrappingKeyUid;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

constexpr int kRings = 4;
constexpr int kKeysInARing = 5;
constexpr int kKeys = kRings * kKeysInARing;

bool Never() { return false; }

class WrappingKeysTest : public CoreTest {
 protected:
  WrappingKeysTest() {
    for (int ring = 0; ring < kRings; ++ring) {
      const RingName name = {acme_, keystore::RingId(absl::StrCat("ring-", ring))};
      core::NewRing wanted;
      wanted.protection = Protection::kWrapped;
      wanted.policy.max_keys = kKeysInARing;
      EXPECT_THAT(rings().Create(name, wanted, Call()), IsOk());
      for (int key = 0; key < kKeysInARing; ++key) keys_.push_back(NewKeyIn(name, absl::StrCat("key-", ring, "-", key)));
    }
    first_ = List().at(0).record.uid;
  }

  std::vector<WrappingKeyView> List() { return WrappingKeys(services()).List({}).value().items; }
  WrappingKeyState StateOf(const WrappingKeyUid& uid) {
    for (const WrappingKeyView& view : List()) {
      if (view.record.uid == uid) return view.record.state;
    }
    return {};
  }
  WrappingKeyUid Rotate(const ChangeRequest& request = Call()) {
    const absl::StatusOr<WrappingKeyView> made = WrappingKeys(services()).Rotate(request);
    EXPECT_THAT(made, IsOk());
    return made.ok() ? made->record.uid : WrappingKeyUid();
  }
  absl::StatusOr<WrappingKeyView> Destroy(const WrappingKeyUid& uid, const ChangeRequest& request = Call()) {
    return WrappingKeys(services()).Destroy(uid, request);
  }
  absl::StatusOr<int> RewrapAll() { return Rewrapping(services()).Run(Never); }
  std::map<WrappingKeyUid, int64_t> Counts() { return store_->CountWrappedKeys().value(); }
  std::vector<std::string> InHsm() {
    std::vector<std::string> ids;
    const std::vector<hsm::StoredWrappingKey> keys = hsm_->key_wrapper().ListWrappingKeys("").value();
    for (const hsm::StoredWrappingKey& key : keys) {
      ids.push_back(absl::BytesToHexString(key.id));
    }
    return ids;
  }

  bool Signs(const KeyName& name) {
    const keystore::KeyRecord record = StoredKey(name);
    const absl::StatusOr<std::string> signature =
        KeySigner(*hsm_, *store_).Sign(HsmKeySpec(services().instance_id, record), hsm::ComputeDigest(hsm::Hash::kSha256, "m"));
    EXPECT_THAT(signature, IsOk()) << name.kid.value();
    const auto key = hsm::PublicKey::FromSpki(hsm::Algorithm::kEs256, record.public_key_der);
    return signature.ok() && key->VerifyMessage("m", *signature).ok();
  }
  // From what is wrapped now, not from what was unwrapped before.
  void ExpectAllSign() {
    for (const KeyName& name : keys_) {
      hsm_->key_wrapper().Forget(HsmKeyId(StoredKey(name).uid));
      EXPECT_TRUE(Signs(name));
    }
  }
  void Corrupt(const KeyName& name) {
    keystore::WrappedKeyRecord wrapped = **store_->GetWrappedKey(StoredKey(name).uid);
    wrapped.mac[0] ^= 1;
    keystore::Change change;
    change.puts = {wrapped};
    change.events.emplace_back();
    ASSERT_THAT(store_->Commit(change), IsOk());
  }

  std::vector<KeyName> keys_;
  WrappingKeyUid first_;
};

TEST_F(WrappingKeysTest, AreRotatedOnceForEachRequest) {
  EXPECT_THAT(WrappingKeys(services()).Rotate(ValidateOnly()), IsOk());
  EXPECT_THAT(InHsm(), ElementsAre(first_.value())) << "it was only asked";
  clock_.Advance(absl::Seconds(1));
  const WrappingKeyUid second = Rotate(CallWithId("id"));
  EXPECT_EQ(Rotate(CallWithId("id")), second);
  EXPECT_THAT(WrappingKeys(services()).Rotate(CallWithId("id", "other")),
              IsError(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  const std::vector<WrappingKeyView> list = List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].record.uid, first_);
  EXPECT_EQ(list[0].record.state, WrappingKeyState::kFormer);
  EXPECT_EQ(list[0].record.former_time, clock_.Now());
  EXPECT_EQ(list[0].wrapped_keys, kKeys);
  EXPECT_EQ(list[1].record.uid, second);
  EXPECT_EQ(list[1].record.state, WrappingKeyState::kCurrent);
  EXPECT_EQ(list[1].wrapped_keys, 0);
  EXPECT_THAT(Actions(0), Contains("RotateWrappingKey"));
  ExpectAllSign();
}

TEST_F(WrappingKeysTest, AreListedPageByPage) {
  Rotate();
  const absl::StatusOr<ListResult<WrappingKeyView>> page = WrappingKeys(services()).List({1, ""});
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->items.size(), 1u);
  const absl::StatusOr<ListResult<WrappingKeyView>> rest = WrappingKeys(services()).List({1, page->next_page_token});
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->items.size(), 1u);
  EXPECT_NE(rest->items[0].record.uid, page->items[0].record.uid);
  EXPECT_EQ(rest->next_page_token, "");
  EXPECT_THAT(WrappingKeys(services()).List({1, "x"}), IsError(StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID"));
}

TEST_F(WrappingKeysTest, OfSeveralRotationsAtOnceOneKeyIsCurrentAndTheOthersWrapNothing) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) threads.emplace_back([this] { (void)WrappingKeys(services()).Rotate(Call()); });
  for (std::thread& thread : threads) thread.join();
  int current = 0;
  for (const WrappingKeyView& view : List()) {
    current += view.record.state == WrappingKeyState::kCurrent ? 1 : 0;
    EXPECT_EQ(view.record.in_hsm, view.record.state != WrappingKeyState::kDestroyed);
    EXPECT_EQ(view.wrapped_keys, view.record.uid == first_ ? kKeys : 0);
  }
  EXPECT_EQ(current, 1);
  ASSERT_THAT(RewrapAll(), IsOk());
  ExpectAllSign();
}

TEST_F(WrappingKeysTest, AreDestroyedOnlyWhenTheyWrapNothingAnyMore) {
  EXPECT_THAT(Destroy(first_), IsError(StatusCode::kFailedPrecondition, "KEY_ENABLED"));
  EXPECT_THAT(Destroy(WrappingKeyUid(std::string(32, '0'))), IsError(StatusCode::kNotFound, "KEY_NOT_FOUND"));
  const WrappingKeyUid second = Rotate();
  const absl::Status early = Destroy(first_).status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, "KEY_IN_RETENTION"));
  EXPECT_EQ(GetErrorDetail(early)->metadata.at("wrapped_keys"), absl::StrCat(kKeys));
  EXPECT_EQ(*RewrapAll(), kKeys);
  EXPECT_THAT(Counts(), ElementsAre(Pair(second, kKeys)));
  EXPECT_THAT(Destroy(first_, ValidateOnly()), IsOk());
  EXPECT_EQ(StateOf(first_), WrappingKeyState::kFormer);
  ASSERT_THAT(Destroy(first_, CallWithId("id")), IsOk());
  EXPECT_THAT(InHsm(), ElementsAre(second.value()));
  EXPECT_THAT(Destroy(first_, CallWithId("id")), IsOk());
  EXPECT_EQ(Destroy(first_)->record.state, WrappingKeyState::kDestroyed);
  ExpectAllSign();
  EXPECT_EQ(*Reconcile(services()), Reconciliation());
}

TEST_F(WrappingKeysTest, WrapKeysAnewFromWhereAnotherProcessStopped) {
  Rotate();
  int asked = 0;
  const absl::StatusOr<int> some = Rewrapping(services()).Run([&] { return ++asked > 1; });
  ASSERT_THAT(some, IsOk());
  EXPECT_GT(*some, 0);
  EXPECT_LT(*some, kKeys);
  ExpectAllSign();
  EXPECT_EQ(*RewrapAll(), kKeys - *some);
  EXPECT_EQ(Counts().count(first_), 0u);
  ExpectAllSign();
}

TEST_F(WrappingKeysTest, AreChangedUnderKeysThatComeAndGoMeanwhileByTwoProcessesAtOnce) {
  Rotate();
  std::thread other([this] { EXPECT_THAT(RewrapAll(), IsOk()); });
  std::thread revoking([this] {
    for (int i = 0; i < kKeys; i += 2) EXPECT_THAT(keys().Revoke(keys_[i], Force::kNo, Call()), IsOk());
  });
  EXPECT_THAT(RewrapAll(), IsOk());
  other.join();
  revoking.join();
  // What both had read when the other changed it.
  EXPECT_THAT(RewrapAll(), IsOk());
  EXPECT_EQ(Counts().count(first_), 0u);
  std::vector<KeyName> left;
  for (int i = 1; i < kKeys; i += 2) left.push_back(keys_[i]);
  keys_ = left;
  ExpectAllSign();
  EXPECT_THAT(Destroy(first_), IsOk());
}

// StaleStore returns once what a key was wrapped as before.
class StaleStore final : public ObservedStore {
 public:
  StaleStore(keystore::KeyStore& store, keystore::WrappedKeyRecord stale) : ObservedStore(store), stale_(std::move(stale)) {}

  absl::StatusOr<std::optional<keystore::WrappedKeyRecord>> GetWrappedKey(const keystore::KeyUid& key) override {
    return reads_++ == 0 ? stale_ : ObservedStore::GetWrappedKey(key);
  }

 private:
  const keystore::WrappedKeyRecord stale_;
  int reads_ = 0;
};

TEST_F(WrappingKeysTest, CanGoWhileASignatureHasReadWhatTheyHadWrapped) {
  const keystore::KeyRecord record = StoredKey(keys_[0]);
  StaleStore store(*store_, **store_->GetWrappedKey(record.uid));
  Rotate();
  ASSERT_THAT(RewrapAll(), IsOk());
  ASSERT_THAT(Destroy(first_), IsOk());
  hsm_->key_wrapper().Forget(HsmKeyId(record.uid));
  EXPECT_THAT(KeySigner(*hsm_, store).Sign(HsmKeySpec(services().instance_id, record), std::string(32, 'd')), IsOk());
}

TEST_F(WrappingKeysTest, StayForAKeyThatCannotBeUnwrappedUntilItIsRevoked) {
  Rotate();
  Corrupt(keys_[3]);
  Rewrapping rewrapping(services());
  EXPECT_EQ(*rewrapping.Run(Never), kKeys - 1);
  EXPECT_EQ(*rewrapping.Run(Never), 0);
  int lines = 0;
  for (const RecordingLogger::Line& line : log().lines()) {
    lines += line.message == "a key cannot be wrapped anew; its wrapping key stays until it is revoked" ? 1 : 0;
  }
  EXPECT_EQ(lines, 1);
  EXPECT_THAT(Destroy(first_), IsError(StatusCode::kFailedPrecondition, "KEY_IN_RETENTION"));
  ASSERT_THAT(keys().Revoke(keys_[3], Force::kNo, Call()), IsOk());
  EXPECT_THAT(Destroy(first_), IsOk());
  keys_.erase(keys_.begin() + 3);
  ExpectAllSign();
}

TEST_F(WrappingKeysTest, AreSupersededByTheSchedulerWhichTellsOfIt) {
  Rotate();
  Metrics metrics("test");
  RotationScheduler scheduler({}, services(), metrics);
  ASSERT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_EQ(Counts().count(first_), 0u);
  EXPECT_THAT(metrics.Expose(), testing::HasSubstr("signet_planned_steps_total{action=\"rewrap\",outcome=\"ok\"} 1"));
  EXPECT_THAT(Actions(0), Contains("RewrapKeys"));
}

TEST_F(WrappingKeysTest, SurviveACrashAroundEachCallOfTheirRotation) {
  bool crashed = true;
  for (int call = 0; crashed; ++call) {
    for (const bool before : {true, false}) {
      SCOPED_TRACE(absl::StrCat(before ? "before" : "after", " call ", call));
      const std::string id = absl::StrCat(before ? "b" : "a", call);
      // By now there are more than a page of them.
      const WrappingKeyUid former = Counts().begin()->first;
      Crash crash;
      before ? crash.BeforeCall(call) : crash.AfterCall(call);
      {
        FaultyKeyStore store(*store_, crash);
        FaultyHsm hsm(*hsm_, crash);
        Core dying(store, hsm, clock_, random_, crash);
        (void)WrappingKeys(dying.services).Rotate(CallWithId("rotate-" + id));
        (void)Rewrapping(dying.services).Run(Never);
        (void)WrappingKeys(dying.services).Destroy(former, CallWithId("destroy-" + id));
      }
      crashed = crash.happened();
      core_ = std::make_unique<Core>(*store_, *hsm_, clock_, random_, steps_);
      ASSERT_THAT(Reconcile(services()), IsOk());
      EXPECT_EQ(*Reconcile(services()), Reconciliation());
      Rotate(CallWithId("rotate-" + id));
      ASSERT_THAT(RewrapAll(), IsOk());
      ASSERT_THAT(Destroy(former, CallWithId("destroy-" + id)), IsOk());
      ASSERT_EQ(InHsm().size(), 1u);
    }
    ASSERT_LT(call, 300) << "the act does not end";
  }
  ExpectAllSign();
}

}  // namespace
}  // namespace signet::core
