#include "server/core/key_rotation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "server/core/ring_maintenance.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyRole;
using keystore::KeyState;
using keystore::Preset;
using keystore::Purge;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr RotateCommand kPlain;
const RotateCommand kPurge = {.purge = Purge::kYes, .force = Force::kNo, .reason = "compromised"};
const RotateCommand kForced = {.purge = Purge::kNo, .force = Force::kYes, .reason = ""};

class KeyRotationTest : public CoreTest {
 protected:
  RingName RingOf(const std::string& id, Preset preset) {
    keystore::KeyPolicy policy;
    policy.preset = preset;
    return NewRing(id, policy);
  }

  RotationResult Rotate(const RingName& ring, const RotateCommand& command = kPlain, const ChangeRequest& request = Call()) {
    absl::StatusOr<RotationResult> result = keys().Rotate(ring, command, request);
    EXPECT_THAT(result, IsOk());
    return result.value_or(RotationResult());
  }

  // The roles of the result's keys.
  static std::vector<KeyRole> Roles(const RotationResult& result) {
    std::vector<KeyRole> roles;
    for (const KeyView& key : result.keys) roles.push_back(key.role);
    return roles;
  }

  void SignedUntil(const KeyName& key, absl::Time expiry) {
    ASSERT_TRUE(store_->RecordUsage({{.uid = StoredKey(key).uid, .token_expiry_bound = expiry}}).ok());
  }

  KeyName NameOf(const KeyView& key) { return {{key.record.tenant, key.record.ring}, key.record.kid}; }
  int64_t NumberOf(const RingName& ring) { return rings().Get(ring)->rotation->record.number; }

  Crash crash_;
  FaultyKeyStore faulty_store_{*store_, crash_};
  FaultyHsm faulty_hsm_{*hsm_, crash_};
};

TEST_F(KeyRotationTest, OfAnEmptyRingMakesItsFirstKeyAndANextOne) {
  const RotationResult result = Rotate(ring_);
  EXPECT_THAT(Roles(result), ElementsAre(KeyRole::kCurrent, KeyRole::kNext));
  EXPECT_EQ(result.rotation.record.number, 1);
  EXPECT_EQ(result.rotation.current, result.keys[0].record.kid);
  EXPECT_EQ(result.rotation.next, result.keys[1].record.kid);
  EXPECT_TRUE(result.rotation.superseded.empty());
  EXPECT_FALSE(result.replayed);
  EXPECT_EQ(KeysInHsm(), 2u);
  EXPECT_TRUE(IsPublished(NameOf(result.keys[1])));
}

TEST_F(KeyRotationTest, MakesTheNextKeyCurrentAndTheCurrentOnePreviousInOneCommit) {
  const RotationResult first = Rotate(ring_);
  clock_.Advance(absl::Hours(1));
  const size_t events = Events().size();
  const RotationResult second = Rotate(ring_);
  EXPECT_THAT(Roles(second), ElementsAre(KeyRole::kCurrent, KeyRole::kNext, KeyRole::kPrevious));
  EXPECT_EQ(second.rotation.current, first.rotation.next);
  EXPECT_EQ(second.rotation.superseded, first.rotation.current);
  EXPECT_EQ(second.effective_time, clock_.Now());
  EXPECT_THAT(Actions(events), ElementsAre("KeySuperseded", "KeyActivated", "CreateKey", "RotateKeys", "KeyGenerated"));
  EXPECT_EQ(Events()[events].revision, Events()[events + 3].revision) << "one transaction for the states";
  EXPECT_EQ(directory().FindTenant(acme_)->rings.at(ring_.ring).current->name.kid, second.rotation.current);
}

TEST_F(KeyRotationTest, ThatVerifiersCannotKnowYetIsUnderWayUntilTheyDo) {
  const RingName ring = RingOf("sap", Preset::kSapBtp);
  const RotationResult started = Rotate(ring);
  EXPECT_THAT(Roles(started), ElementsAre(KeyRole::kNext));
  EXPECT_FALSE(started.rotation.record.activation_time.has_value());
  EXPECT_EQ(started.effective_time, clock_.Now() + absl::Hours(12));
  EXPECT_TRUE(Rotate(ring).replayed) << "it is the same rotation";

  clock_.Advance(absl::Hours(12) - absl::Milliseconds(1));
  const keystore::PlannedStep activate = {keystore::PlannedStep::Action::kActivate, started.effective_time,
                                          started.rotation.record.current};
  EXPECT_THAT(DoPlannedStep(services(), ring, activate), IsOk());
  EXPECT_EQ(keys().Get({ring, started.rotation.current})->role, KeyRole::kNext);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(DoPlannedStep(services(), ring, activate), IsOk());
  EXPECT_EQ(keys().Get({ring, started.rotation.current})->role, KeyRole::kCurrent);
  EXPECT_EQ(NumberOf(ring), 1);
  EXPECT_EQ(rings().Get(ring)->rotation->record.activation_time, clock_.Now());
}

TEST_F(KeyRotationTest, WithForceDoesNotWaitAndSaysWhatItCanBreak) {
  const RingName ring = RingOf("sap", Preset::kSapBtp);
  const RotationResult started = Rotate(ring);
  const RotationResult forced = Rotate(ring, kForced);
  EXPECT_FALSE(forced.replayed);
  EXPECT_EQ(forced.rotation.record.number, started.rotation.record.number) << "it completes the one that is under way";
  EXPECT_THAT(Roles(forced), ElementsAre(KeyRole::kCurrent));
  EXPECT_THAT(forced.warnings, ElementsAre(HasSubstr("verifiers that cached the JWKS can refuse tokens")));
}

TEST_F(KeyRotationTest, WithPurgeRevokesEveryOtherKeyInTheSameStepAndDestroysTheirPrivateKeys) {
  Rotate(ring_);
  clock_.Advance(absl::Hours(1));
  const RotationResult before = Rotate(ring_);
  SignedUntil({ring_, before.rotation.current}, clock_.Now() + absl::Hours(5));
  const RotationResult purged = Rotate(ring_, kPurge);
  EXPECT_FALSE(purged.replayed) << "a purge does more than the rotation before";
  EXPECT_EQ(purged.rotation.current, before.rotation.next);
  EXPECT_THAT(Roles(purged), ElementsAre(KeyRole::kCurrent, KeyRole::kNext));
  EXPECT_THAT(purged.rotation.revoked, SizeIs(2));
  EXPECT_EQ(keys().Get({ring_, before.rotation.current})->record.state, KeyState::kRevoked);
  EXPECT_FALSE(IsPublished({ring_, before.rotation.superseded}));
  EXPECT_THAT(purged.warnings, testing::Contains(HasSubstr("are refused from now on")));
  EXPECT_EQ(KeysInHsm(), 2u);
  EXPECT_TRUE(Rotate(ring_, kPurge).replayed);
}

TEST_F(KeyRotationTest, WithPurgeWorksInAFullRingWithoutANextKey) {
  const RingName ring = RingOf("edge", Preset::kSapEdge);
  Rotate(ring);
  clock_.Advance(absl::Hours(1));
  const RotationResult full = Rotate(ring);
  SignedUntil({ring, full.rotation.superseded}, clock_.Now() + absl::Hours(24));
  const RotationResult purged = Rotate(ring, kPurge);
  EXPECT_THAT(Roles(purged), ElementsAre(KeyRole::kCurrent));
  EXPECT_THAT(purged.rotation.revoked, SizeIs(2));
}

TEST_F(KeyRotationTest, RepeatedWithinTheWindowReturnsTheFirstResultAndAfterItRotatesAgain) {
  const RotationResult first = Rotate(ring_);
  clock_.Advance(absl::Minutes(10) - absl::Milliseconds(1));
  const RotationResult repeated = Rotate(ring_, kForced);
  EXPECT_TRUE(repeated.replayed);
  EXPECT_EQ(repeated.rotation.record.number, 1);
  EXPECT_EQ(repeated.rotation.current, first.rotation.current);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(Rotate(ring_).replayed);
  EXPECT_EQ(NumberOf(ring_), 2);
}

TEST_F(KeyRotationTest, WithinTheWindowRotatesAgainOnceItsKeyIsNoLongerTheOneThatSigns) {
  const RotationResult first = Rotate(ring_);
  ASSERT_THAT(keys().Revoke({ring_, first.rotation.current}, Force::kYes, Call()), IsOk());
  const RotationResult second = Rotate(ring_);
  EXPECT_FALSE(second.replayed);
  EXPECT_EQ(second.rotation.current, first.rotation.next);
  EXPECT_EQ(second.keys.front().role, KeyRole::kCurrent);
}

TEST_F(KeyRotationTest, WithTheSameRequestIdReturnsItsOwnResultForEver) {
  const RotationResult first = Rotate(ring_, kPlain, CallWithId("one"));
  clock_.Advance(absl::Hours(1));
  Rotate(ring_, kPlain, CallWithId("two"));
  clock_.Advance(absl::Hours(24 * 400));
  const RotationResult again = Rotate(ring_, kPlain, CallWithId("one"));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.rotation.record.number, 1);
  EXPECT_EQ(again.rotation.current, first.rotation.current);
  EXPECT_EQ(NumberOf(ring_), 2);
  EXPECT_THAT(keys().Rotate(ring_, kPlain, CallWithId("one", "another request")),
              IsError(StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(KeyRotationTest, AReplayWithARequestIdIsRememberedToo) {
  Rotate(ring_);
  EXPECT_TRUE(Rotate(ring_, kPlain, CallWithId("late")).replayed);
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(Rotate(ring_, kPlain, CallWithId("late")).replayed);
  EXPECT_EQ(NumberOf(ring_), 1);
}

TEST_F(KeyRotationTest, OfSomebodyElseWhileThisCallIsAtWorkIsItsResult) {
  keystore::KeyPolicy policy;
  policy.activation_delay = absl::ZeroDuration();
  policy.idempotency_window = absl::ZeroDuration();
  const RingName ring = NewRing("eager", policy);
  Rotate(ring);
  Core other(faulty_store_, *hsm_, clock_, random_, steps_);
  faulty_store_.before_commit = [&] {
    faulty_store_.before_commit = nullptr;
    Rotate(ring);
  };
  const absl::StatusOr<RotationResult> result = other.keys.Rotate(ring, kPlain, Call());
  ASSERT_THAT(result, IsOk());
  EXPECT_TRUE(result->replayed);
  EXPECT_EQ(result->rotation.record.number, 2);
  EXPECT_EQ(NumberOf(ring), 2);
}

TEST_F(KeyRotationTest, BesideAKeyThatIsBeingMadeIsLocked) {
  Core dying(faulty_store_, faulty_hsm_, clock_, random_, crash_);
  crash_.AtStep(kStepCreateIntended);
  ASSERT_FALSE(dying.keys.Rotate(ring_, kPlain, Call()).ok());
  EXPECT_THAT(keys().Rotate(ring_, kPlain, Call()), IsError(StatusCode::kAborted, reason::kRotationLocked));
  EXPECT_FALSE(rings().Get(ring_)->rotation.has_value());
}

TEST_F(KeyRotationTest, TakesAKeyThatWasGeneratedButNotCommitted) {
  Core other(faulty_store_, *hsm_, clock_, random_, steps_);
  // The first commit of the other is its intent; the second one is of the generated key.
  faulty_store_.before_commit = [&] {
    faulty_store_.before_commit = [&] {
      faulty_store_.before_commit = nullptr;
      EXPECT_THAT(keys().Rotate(ring_, kPlain, Call()), IsOk());
    };
  };
  const absl::StatusOr<RotationResult> result = other.keys.Rotate(ring_, kPlain, Call());
  ASSERT_THAT(result, IsOk());
  EXPECT_TRUE(result->replayed);
  EXPECT_EQ(NumberOf(ring_), 1);
}

TEST_F(KeyRotationTest, InAFullRingRetiresThePreviousKeyOnceItsTokensHaveExpired) {
  const RingName ring = RingOf("edge", Preset::kSapEdge);
  const KeyName oldest = {ring, Rotate(ring).rotation.current};
  const absl::Time expiry = clock_.Now() + absl::Hours(2);
  SignedUntil(oldest, expiry);
  clock_.Advance(absl::Hours(1));
  Rotate(ring);
  clock_.Advance(absl::Hours(1) + keystore::kClockSkew - absl::Seconds(1));
  const absl::StatusOr<RotationResult> refused = keys().Rotate(ring, kPlain, Call());
  ASSERT_THAT(refused, IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  EXPECT_EQ(GetErrorDetail(refused.status())->retry_delay, absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  const RotationResult result = Rotate(ring);
  EXPECT_THAT(result.rotation.retired, ElementsAre(oldest.kid));
  EXPECT_EQ(StoredKey(oldest).state, KeyState::kDestroyed);
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(KeyRotationTest, WithForceRetiresThePreviousKeyOfAFullRingAnyway) {
  const RingName ring = RingOf("auth", Preset::kAuth0);
  const KeyName oldest = {ring, Rotate(ring).rotation.current};
  SignedUntil(oldest, clock_.Now() + absl::Hours(24));
  clock_.Advance(absl::Hours(1));
  Rotate(ring);
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(keys().Rotate(ring, kPlain, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  const RotationResult forced = Rotate(ring, kForced);
  EXPECT_THAT(forced.rotation.retired, ElementsAre(oldest.kid));
  EXPECT_THAT(forced.warnings, ElementsAre(HasSubstr(oldest.kid.value())));
}

TEST_F(KeyRotationTest, NeverRetiresTheKeyThatItSupersedes) {
  keystore::KeyPolicy policy;
  policy.preset = Preset::kAuth0;
  const RingName ring = NewRing("auth", policy);
  const RotationResult first = Rotate(ring);
  clock_.Advance(absl::Hours(1));
  Rotate(ring);
  clock_.Advance(absl::Hours(1));
  // The PREVIOUS key never signed; the CURRENT one may be signing its first token right now.
  const RotationResult third = Rotate(ring);
  EXPECT_THAT(third.rotation.retired, ElementsAre(first.rotation.current));
}

TEST_F(KeyRotationTest, WhoseNextKeyCannotBeMadeSucceedsAndWarns) {
  Core core(*store_, faulty_hsm_, clock_, random_, steps_);
  ASSERT_THAT(core.keys.Rotate(ring_, kPlain, Call()), IsOk());
  clock_.Advance(absl::Hours(1));
  faulty_hsm_.generate_error = Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "the hsm is away");
  const absl::StatusOr<RotationResult> result = core.keys.Rotate(ring_, kPlain, Call());
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->warnings, ElementsAre(HasSubstr("its next key could not be made")));
  EXPECT_THAT(Roles(*result), ElementsAre(KeyRole::kCurrent, KeyRole::kPrevious));
}

TEST_F(KeyRotationTest, ThatCannotMakeItsFirstKeyChangesNothing) {
  const RotationResult first = Rotate(RingOf("edge", Preset::kSapEdge));
  clock_.Advance(absl::Hours(1));
  Core core(*store_, faulty_hsm_, clock_, random_, steps_);
  faulty_hsm_.generate_error = Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "the hsm is away");
  EXPECT_THAT(core.keys.Rotate(first.ring, kPlain, CallWithId("r")), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  EXPECT_EQ(NumberOf(first.ring), 1);
  faulty_hsm_.generate_error = absl::OkStatus();
  const absl::StatusOr<RotationResult> again = core.keys.Rotate(first.ring, kPlain, CallWithId("r"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->rotation.record.number, 2);
}

TEST_F(KeyRotationTest, ThatWaitsIsDoneOnceItsKeyIsEnabledByHand) {
  const RingName ring = RingOf("sap", Preset::kSapBtp);
  const RotationResult started = Rotate(ring);
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(keys().Enable({ring, started.rotation.current}, Force::kYes, Call()), IsOk());
  EXPECT_EQ(rings().Get(ring)->rotation->record.activation_time, clock_.Now());
  EXPECT_EQ(NumberOf(ring), 1);
}

TEST_F(KeyRotationTest, DoesNotMakeAKeyCurrentThatTheHsmHasLost) {
  const RotationResult first = Rotate(ring_);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(hsm_->DestroyKey(HsmKeyId(first.rotation.record.next)).ok());
  EXPECT_THAT(keys().Rotate(ring_, kPlain, Call()), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  EXPECT_THAT(keys().Enable({ring_, first.rotation.next}, Force::kYes, Call()),
              IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  EXPECT_EQ(keys().Get({ring_, first.rotation.current})->role, KeyRole::kCurrent);
  EXPECT_THAT(keys().Rotate(ring_, kPurge, Call()), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  ASSERT_THAT(keys().Revoke({ring_, first.rotation.next}, Force::kNo, Call()), IsOk());
  EXPECT_THAT(Roles(Rotate(ring_, kPurge)), ElementsAre(KeyRole::kCurrent, KeyRole::kNext));
}

TEST_F(KeyRotationTest, ThatOnlyValidatesShowsTheResultAndChangesNothing) {
  const RotationResult first = Rotate(ring_);
  clock_.Advance(absl::Hours(1));
  const int64_t revision = StoreRevision();
  const RotationResult shown = Rotate(ring_, kPlain, ValidateOnly());
  EXPECT_EQ(shown.rotation.current, first.rotation.next);
  EXPECT_THAT(Roles(shown), ElementsAre(KeyRole::kCurrent, KeyRole::kPrevious));
  const RotationResult empty = Rotate(RingOf("empty", Preset::kSapBtp), kPurge, ValidateOnly());
  EXPECT_THAT(Roles(empty), ElementsAre(KeyRole::kCurrent));
  EXPECT_TRUE(empty.rotation.current.empty()) << "its kid is not known yet";
  EXPECT_EQ(StoreRevision(), revision + 1) << "the new ring";
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(KeyRotationTest, RefusesAReasonThatIsTooLongOrHasControlCharacters) {
  RotateCommand command;
  command.reason = std::string(257, 'x');
  EXPECT_THAT(keys().Rotate(ring_, command, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  command.reason = "a\nb";
  EXPECT_THAT(keys().Rotate(ring_, command, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(KeyRotationTest, KeepsItsReasonAndItsCallerForTheAuditTrail) {
  Rotate(ring_, kPurge, CallWithId("why"));
  keystore::KeyStore::EventFilter rotations;
  rotations.action = "RotateKeys";
  const std::vector<keystore::Event> events = store_->ListEvents(rotations, {"", 10}).value();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].actor, "alice");
  EXPECT_EQ(events[0].request_id, "why");
  EXPECT_THAT(events[0].after, HasSubstr("compromised"));
}

TEST_F(KeyRotationTest, DoesNotChangeTheEtagOfTheRing) {
  const std::string etag = rings().Get(ring_)->etag;
  Rotate(ring_);
  EXPECT_EQ(rings().Get(ring_)->etag, etag);
}

TEST_F(KeyRotationTest, SwitchingAutomaticRotationOnStartsOneAndNotASecondOne) {
  const RingName ring = RingOf("sap", Preset::kSapBtp);
  RingUpdate on;
  on.automatic = std::optional<bool>(true);
  const absl::StatusOr<RingView> view = rings().Update(ring, on, Call());
  ASSERT_THAT(view, IsOk());
  ASSERT_TRUE(view->rotation.has_value());
  EXPECT_EQ(view->rotation->record.number, 1);
  EXPECT_FALSE(view->rotation->record.activation_time.has_value());
  RingUpdate off;
  off.automatic = std::optional<bool>(false);
  ASSERT_THAT(rings().Update(ring, off, Call()), IsOk());
  ASSERT_THAT(rings().Update(ring, on, Call()), IsOk());
  EXPECT_EQ(NumberOf(ring), 1) << "it is still under way";
}

}  // namespace
}  // namespace signet::core
