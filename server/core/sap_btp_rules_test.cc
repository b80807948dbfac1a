// What SAP BTP's signing keys do, by a ring of the preset SAP_BTP. Its rules:
//   1  A subaccount has at most 2 keys.
//   2  A created key is disabled, and signs only once it is enabled.
//   3  Enabling a key makes it the only enabled one, in one step: it signs all new tokens.
//   4  A disabled key still verifies, and stays in the JWKS, until it is deleted.
//   5  Only a disabled key can be deleted.
//   6  At least 12 hours lie between creating and enabling, and between disabling and deleting, unless that is forced.
//   7  Automatic rotation: every 90 days; the next key is published ahead, and signs within 48 hours; switching it on starts the
//      first rotation; a superseded key stays for about 7 days.
//   8  See sap_btp_validity_test.cc.

#include "server/core/testing/preset_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyState;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class SapBtpRulesTest : public PresetTest {
 protected:
  SapBtpRulesTest() : PresetTest(keystore::Preset::kSapBtp) {}

  void SwitchAutomaticRotation(bool on) {
    RingUpdate update;
    update.automatic = on;
    Update(update);
  }
  // With automatic rotation on, lets a planned moment come.
  void PassAfter(absl::Duration step) {
    clock_.Advance(step);
    Pass();
  }
};

// Rule 1.
TEST_F(SapBtpRulesTest, AThirdKeyIsRefused) {
  NewKeyOfRing("a");
  NewKeyOfRing("b");
  EXPECT_THAT(keys().Create(preset_ring_, keystore::Kid("c"), Call()),
              IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  EXPECT_EQ(Keys().size(), 2u);
}

// Rule 2.
TEST_F(SapBtpRulesTest, ACreatedKeyIsDisabledAndSignsOnlyOnceEnabled) {
  const KeyName key = NewKeyOfRing("a");
  EXPECT_EQ(StoredKey(key).state, KeyState::kDisabled);
  EXPECT_THAT(tokens_.SignToken({preset_ring_, "{}", std::nullopt}, *signer_),
              IsError(StatusCode::kFailedPrecondition, reason::kNoEnabledKey));
  clock_.Advance(absl::Hours(12));
  EXPECT_THAT(keys().Enable(key, Force::kNo, Call()), IsOk());
  EXPECT_EQ(SignerOf(Sign()), "a");
}

// Rule 3.
TEST_F(SapBtpRulesTest, EnablingAKeyDisablesTheFormerOneInOneStep) {
  NewSigningKey("a");
  const KeyName b = NewKeyOfRing("b");
  clock_.Advance(absl::Hours(12));
  const size_t before = Events().size();
  ASSERT_THAT(keys().Enable(b, Force::kNo, Call()), IsOk());
  EXPECT_EQ(StoredKey(Key("a")).state, KeyState::kDisabled);
  EXPECT_EQ(StoredKey(b).state, KeyState::kEnabled);
  EXPECT_THAT(Actions(before), ElementsAre("KeySuperseded", "EnableKey"));
  EXPECT_EQ(Events()[before].revision, Events()[before + 1].revision);
}

// Rule 3.
TEST_F(SapBtpRulesTest, AllNewTokensAreSignedWithTheEnabledKey) {
  NewSigningKey("a");
  EXPECT_EQ(SignerOf(Sign()), "a");
  const KeyName b = NewKeyOfRing("b");
  EXPECT_EQ(SignerOf(Sign()), "a");
  ASSERT_THAT(keys().Enable(b, Force::kYes, Call()), IsOk());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(SignerOf(Sign()), "b");
}

// Rule 4.
TEST_F(SapBtpRulesTest, ADisabledKeyVerifiesAndStaysInTheJwksUntilItIsDeleted) {
  const KeyName a = NewSigningKey("a");
  const std::string token = Sign(kDay);
  NewSigningKey("b");
  clock_.Advance(kDay - absl::Seconds(1));
  EXPECT_THAT(JwksKids(), ElementsAre("a", "b"));
  EXPECT_THAT(Verify(token), IsOk());
  ASSERT_THAT(keys().Delete(a, Force::kYes, Call()), IsOk());
  EXPECT_THAT(JwksKids(), ElementsAre("b"));
  EXPECT_THAT(Verify(token), IsError(StatusCode::kInvalidArgument, reason::kTokenKeyUnknown));
}

// Rule 4, of a key that was created ahead.
TEST_F(SapBtpRulesTest, AKeyThatWasNeverEnabledStaysUntilItIsDeleted) {
  NewKeyOfRing("a");
  PassAfter(365 * kDay);
  EXPECT_THAT(JwksKids(), ElementsAre("a"));
}

// Rule 5.
TEST_F(SapBtpRulesTest, OnlyADisabledKeyCanBeDeleted) {
  const KeyName a = NewSigningKey("a");
  clock_.Advance(365 * kDay);
  EXPECT_THAT(keys().Delete(a, Force::kNo, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyEnabled));
  EXPECT_THAT(keys().Delete(a, Force::kYes, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyEnabled));
  ASSERT_THAT(keys().Disable(a, Force::kYes, Call()), IsOk());
  EXPECT_THAT(keys().Delete(a, Force::kYes, Call()), IsOk());
}

// Rule 6.
TEST_F(SapBtpRulesTest, TwelveHoursPassBetweenCreationAndEnabling) {
  const KeyName a = NewKeyOfRing("a");
  clock_.Advance(absl::Hours(12) - absl::Seconds(1));
  const absl::Status early = keys().Enable(a, Force::kNo, Call()).status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable));
  EXPECT_EQ(RetryDelayOf(early), absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  const absl::StatusOr<KeyView> enabled = keys().Enable(a, Force::kNo, Call());
  ASSERT_THAT(enabled, IsOk());
  EXPECT_THAT(enabled->warnings, IsEmpty());
}

// Rule 6.
TEST_F(SapBtpRulesTest, TwelveHoursPassBetweenDisablingAndDeletion) {
  const KeyName a = NewSigningKey("a");
  clock_.Advance(absl::Hours(100));
  NewSigningKey("b");
  clock_.Advance(absl::Hours(12) - absl::Seconds(1));
  const absl::Status early = keys().Delete(a, Force::kNo, Call()).status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, reason::kKeyInRetention));
  EXPECT_EQ(RetryDelayOf(early), absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  const absl::StatusOr<KeyView> deleted = keys().Delete(a, Force::kNo, Call());
  ASSERT_THAT(deleted, IsOk());
  EXPECT_THAT(deleted->warnings, IsEmpty());
}

// Rule 6, and tokens that are valid for longer: 12 hours are the least.
TEST_F(SapBtpRulesTest, AKeyWhoseTokensLiveLongerIsKeptLongerThanTwelveHours) {
  const KeyName a = NewSigningKey("a");
  const std::string token = Sign(kDay);
  NewSigningKey("b");
  clock_.Advance(absl::Hours(12));
  const absl::Status early = keys().Delete(a, Force::kNo, Call()).status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, reason::kKeyInRetention));
  EXPECT_GE(RetryDelayOf(early), absl::Hours(12) + keystore::kClockSkew);
  EXPECT_LE(RetryDelayOf(early), absl::Hours(12) + keystore::kClockSkew + SigningLedger::kBoundStep);
  clock_.Advance(RetryDelayOf(early));
  EXPECT_THAT(keys().Delete(a, Force::kNo, Call()), IsOk());
}

// Rule 6.
TEST_F(SapBtpRulesTest, ForceEnablesEarlyAndWarnsThatTokensCanBreak) {
  const absl::StatusOr<KeyView> enabled = keys().Enable(NewKeyOfRing("a"), Force::kYes, Call());
  ASSERT_THAT(enabled, IsOk());
  EXPECT_THAT(enabled->warnings, ElementsAre(HasSubstr("can refuse tokens of key a")));
}

// Rule 6.
TEST_F(SapBtpRulesTest, ForceDeletesEarlyAndWarnsThatUnexpiredTokensBreak) {
  const KeyName a = NewSigningKey("a");
  Sign();
  NewSigningKey("b");
  const absl::StatusOr<KeyView> deleted = keys().Delete(a, Force::kYes, Call());
  ASSERT_THAT(deleted, IsOk());
  EXPECT_THAT(deleted->warnings, ElementsAre(HasSubstr("tokens of key a")));
}

// Rule 7: off until switched on.
TEST_F(SapBtpRulesTest, NothingRotatesByItselfUntilItIsSwitchedOn) {
  NewSigningKey("a");
  EXPECT_EQ(Ring().next_rotation_time, std::nullopt);
  PassAfter(365 * kDay);
  EXPECT_THAT(JwksKids(), ElementsAre("a"));
}

// Rule 7.
TEST_F(SapBtpRulesTest, SwitchingItOnStartsTheFirstRotationAtOnceAndTheNextKeyIsActiveWithin48Hours) {
  NewSigningKey("a");
  SwitchAutomaticRotation(true);
  Pass();
  // Published ahead.
  const std::string next = Next();
  EXPECT_THAT(JwksKids(), Contains(next));
  EXPECT_EQ(Current(), "a");
  PassAfter(absl::Hours(12) - absl::Seconds(1));
  EXPECT_EQ(Current(), "a");
  PassAfter(absl::Seconds(1));
  EXPECT_EQ(Current(), next);
  EXPECT_EQ(Previous(), "a");
  EXPECT_LE(*Ring().rotation->record.activation_time - Ring().rotation->record.start_time, absl::Hours(48));
}

// Rule 7, in a ring that is full of a key whose tokens are still valid.
TEST_F(SapBtpRulesTest, TheFirstRotationOfAFullRingIsOverWithin48HoursAndBreaksNoToken) {
  NewSigningKey("a");
  const std::string token = Sign(kDay);
  NewSigningKey("b");
  SwitchAutomaticRotation(true);
  const absl::Time start = clock_.Now();
  while (clock_.Now() - start < absl::Hours(48) && Current() == "b") {
    if (clock_.Now() - start < kDay) {
      EXPECT_THAT(Verify(token), IsOk());
    }
    PassAfter(absl::Minutes(10));
  }
  EXPECT_NE(Current(), "b");
  EXPECT_EQ(Previous(), "b");
}

// Rule 7: "rotates without waiting for the next regular rotation" is the same rotation, and its key waits as long.
TEST_F(SapBtpRulesTest, ARotationByHandPublishesItsKeyAndCompletesByItself) {
  NewSigningKey("a");
  const absl::StatusOr<RotationResult> rotated = Rotate();
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->effective_time, clock_.Now() + absl::Hours(12));
  const std::string next = Next();
  PassAfter(absl::Hours(12));
  EXPECT_EQ(Current(), next);
}

// Rule 7. The fixture's rings are spread over the hour behind the period.
TEST_F(SapBtpRulesTest, TheNextRotationFollows90DaysLater) {
  NewSigningKey("a");
  SwitchAutomaticRotation(true);
  Pass();
  PassAfter(absl::Hours(12));
  const std::string second = Current();
  const absl::Time due = *Ring().next_rotation_time;
  EXPECT_GE(due, clock_.Now() + 90 * kDay);
  EXPECT_LE(due, clock_.Now() + 90 * kDay + absl::Hours(1));
  PassAfter(due - clock_.Now() - absl::Seconds(1));
  EXPECT_THAT(KidsWith(keystore::KeyRole::kNext), IsEmpty());
  PassAfter(absl::Seconds(1));
  const std::string third = Next();
  PassAfter(absl::Hours(12));
  EXPECT_EQ(Current(), third);
  EXPECT_EQ(Previous(), second);
}

// Rule 7.
TEST_F(SapBtpRulesTest, TheSupersededKeyIsKeptSevenDaysAndThenRetired) {
  NewSigningKey("a");
  SwitchAutomaticRotation(true);
  Pass();
  PassAfter(absl::Hours(12));
  PassAfter(7 * kDay - absl::Seconds(1));
  EXPECT_THAT(JwksKids(), Contains("a"));
  PassAfter(absl::Seconds(1));
  EXPECT_THAT(JwksKids(), Not(Contains("a")));
  EXPECT_EQ(StoredKey(Key("a")).state, KeyState::kDestroyed);
}

// Rule 7.
TEST_F(SapBtpRulesTest, TheRetiredKeyLeavesItsPlaceToTheNextOne) {
  NewSigningKey("a");
  SwitchAutomaticRotation(true);
  Pass();
  PassAfter(absl::Hours(12));
  EXPECT_EQ(Keys().size(), 2u);
  PassAfter(7 * kDay);
  EXPECT_EQ(Keys().size(), 1u);
  NewKeyOfRing("c");
  EXPECT_EQ(Next(), "c");
}

// Rule 4.
TEST_F(SapBtpRulesTest, ADisabledKeyStaysUntilItIsDeletedWhileNothingRotatesByItself) {
  NewSigningKey("a");
  NewSigningKey("b");
  PassAfter(400 * kDay);
  EXPECT_THAT(JwksKids(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(Previous(), "a");
}

// Rule 7: a key that was created ahead is the next one.
TEST_F(SapBtpRulesTest, ARotationUsesTheKeyThatWasCreatedForIt) {
  NewSigningKey("a");
  NewKeyOfRing("b");
  clock_.Advance(absl::Hours(12));
  SwitchAutomaticRotation(true);
  Pass();
  EXPECT_EQ(Current(), "b");
  EXPECT_EQ(Previous(), "a");
}

}  // namespace
}  // namespace signet::core
