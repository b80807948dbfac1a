// What rotation does in SAP Edge's local authentication, by a ring of the preset SAP_EDGE. Its rules:
//   1  A key is active or deprecated; rotation happens periodically and by hand.
//   2  A rotated key is deprecated, and verifies the tokens already issued. For 10 minutes, a replica that has not heard of the
//      rotation may still sign with it.
//   3  A second rotation within 10 minutes changes nothing, and reports the first one's result.
//   4  Rotated with purge, the new key is used at once, and tokens of the old one fail.
//   5  Before confirming, the operator sees the keys with their dates.
//   6  Failures carry an id; a lock that cannot be had is an error of its own.

#include "absl/time/clock.h"
#include "server/core/key_generation.h"
#include "server/core/testing/preset_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class SapEdgeRulesTest : public PresetTest {
 protected:
  SapEdgeRulesTest() : PresetTest(keystore::Preset::kSapEdge) { NewSigningKey("first"); }
};

// Rule 1.
TEST_F(SapEdgeRulesTest, AKeyIsActiveOrDeprecated) {
  ASSERT_THAT(Rotate(), IsOk());
  ASSERT_EQ(Keys().size(), 2u);
  EXPECT_EQ(Previous(), "first");
  EXPECT_NE(Current(), "first");
}

// Rule 1: periodically.
TEST_F(SapEdgeRulesTest, RotationHappensEvery90DaysByItself) {
  const absl::Time due = *Ring().next_rotation_time;
  EXPECT_GE(due, clock_.Now() + 90 * kDay);
  EXPECT_LE(due, clock_.Now() + 90 * kDay + absl::Hours(1));
  clock_.Advance(due - clock_.Now());
  Pass();
  EXPECT_NE(Current(), "first");
  EXPECT_EQ(Ring().rotation->record.actor, "system");
}

// Rule 2.
TEST_F(SapEdgeRulesTest, RotatingMakesANewActiveKeyAtOnce) {
  const absl::StatusOr<RotationResult> rotated = Rotate();
  ASSERT_THAT(rotated, IsOk());
  EXPECT_FALSE(rotated->replayed);
  EXPECT_EQ(rotated->effective_time, clock_.Now());
  EXPECT_EQ(SignerOf(Sign()), rotated->rotation.current.value());
  EXPECT_EQ(rotated->rotation.superseded.value(), "first");
}

// Rule 2.
TEST_F(SapEdgeRulesTest, TheDeprecatedKeyStillVerifiesTheTokensAlreadyIssued) {
  const std::string token = Sign(kDay);
  ASSERT_THAT(Rotate(), IsOk());
  clock_.Advance(kDay - absl::Seconds(1));
  Pass();
  EXPECT_EQ(SignerOf(token), "first");
  EXPECT_THAT(JwksKids(), Contains("first"));
}

// Rule 2: it goes once its last token has expired, and not before.
TEST_F(SapEdgeRulesTest, TheDeprecatedKeyGoesOnceItsLastTokenHasExpired) {
  Sign(kDay);
  ASSERT_THAT(Rotate(), IsOk());
  clock_.Advance(kDay + keystore::kClockSkew + SigningLedger::kBoundStep);
  Pass();
  EXPECT_THAT(JwksKids(), Not(Contains("first")));
}

// Rule 2: how long a replica that has not heard of a rotation may sign on.
TEST_F(SapEdgeRulesTest, AReplicaThatHasNotHeardOfTheRotationMaySignForTenMinutes) {
  EXPECT_EQ(Ring().policy.signing_grace, absl::Minutes(10));
}

// Rule 2. The grace goes by the monotonic clock: a second stands for the ten minutes.
TEST_F(SapEdgeRulesTest, AReplicaThatHasNotHeardOfTheRotationSignsWithTheOldKeyForSoLongAndThenNoMore) {
  RingUpdate update;
  update.signing_grace = absl::Seconds(1);
  Update(update);
  Core replica(*store_, *hsm_, clock_, random_, steps_);
  const Tokens replica_tokens(replica.directory, replica.ledger, clock_, random_);
  const absl::Time read = absl::Now();
  ASSERT_THAT(replica.directory.Refresh(), IsOk());
  const auto sign = [&] { return replica_tokens.SignToken({preset_ring_, "{}", absl::Minutes(1)}, *signer_); };
  ASSERT_THAT(sign(), IsOk());
  ASSERT_THAT(Rotate(), IsOk());
  const auto old = sign();
  // A machine that took a second for the above proves nothing.
  if (absl::Now() - read < absl::Seconds(1)) {
    ASSERT_THAT(old, IsOk());
    EXPECT_EQ(old->key.kid.value(), "first");
    EXPECT_EQ(SignerOf(old->token), "first");
  }
  absl::Status end;
  while ((end = sign().status()).ok() && absl::Now() - read < absl::Seconds(30)) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_THAT(end, IsError(StatusCode::kUnavailable, reason::kStoreUnavailable));
  EXPECT_GE(absl::Now() - read, absl::Seconds(1));

  ASSERT_THAT(replica.directory.Refresh(), IsOk());
  ASSERT_THAT(sign(), IsOk());
  EXPECT_EQ(sign()->key.kid.value(), Current());
}

// Rule 3.
TEST_F(SapEdgeRulesTest, ASecondRotateWithinTenMinutesChangesNothingAndReportsTheFirstResult) {
  const absl::StatusOr<RotationResult> first = Rotate();
  ASSERT_THAT(first, IsOk());
  clock_.Advance(absl::Minutes(10) - absl::Seconds(1));
  const int64_t revision = StoreRevision();
  const absl::StatusOr<RotationResult> second = Rotate();
  ASSERT_THAT(second, IsOk());
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(second->rotation.record, first->rotation.record);
  EXPECT_EQ(StoreRevision(), revision);
}

// Rule 3: only within them.
TEST_F(SapEdgeRulesTest, ARotateTenMinutesLaterRotatesAgain) {
  ASSERT_THAT(Rotate(), IsOk());
  const std::string second = Current();
  clock_.Advance(absl::Minutes(10));
  const absl::StatusOr<RotationResult> again = Rotate();
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->replayed);
  EXPECT_EQ(again->rotation.record.number, 2);
  EXPECT_EQ(Previous(), second);
}

// Rule 4.
TEST_F(SapEdgeRulesTest, APurgeSignsAndVerifiesWithTheNewKeyAtOnceAndTokensOfTheOldOneFail) {
  const std::string old_token = Sign();
  const absl::StatusOr<RotationResult> purged = Rotate(Purging());
  ASSERT_THAT(purged, IsOk());
  EXPECT_THAT(Verify(old_token), IsError(StatusCode::kInvalidArgument, reason::kTokenKeyUnknown));
  EXPECT_EQ(SignerOf(Sign()), purged->rotation.current.value());
  EXPECT_THAT(JwksKids(), ElementsAre(purged->rotation.current.value()));
  EXPECT_THAT(KidsWith(keystore::KeyRole::kNone), ElementsAre("first"));
}

// Rule 4: a compromise does not wait for rule 3, nor for room.
TEST_F(SapEdgeRulesTest, APurgeRightAfterARotationRevokesBothOldKeys) {
  Sign();
  ASSERT_THAT(Rotate(), IsOk());
  const std::string second = Current();
  Sign();
  const absl::StatusOr<RotationResult> purged = Rotate(Purging());
  ASSERT_THAT(purged, IsOk());
  EXPECT_FALSE(purged->replayed);
  EXPECT_THAT(KidsWith(keystore::KeyRole::kNone), ElementsAre("first", second));
  EXPECT_THAT(JwksKids(), ElementsAre(Current()));
}

// Rules 3 and 4: a repeated purge is one purge.
TEST_F(SapEdgeRulesTest, ASecondPurgeWithinTenMinutesChangesNothing) {
  ASSERT_THAT(Rotate(Purging()), IsOk());
  const std::string second = Current();
  const absl::StatusOr<RotationResult> again = Rotate(Purging());
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(Current(), second);
}

// Rule 5.
TEST_F(SapEdgeRulesTest, TheOperatorSeesBeforehandWhatARotationWouldDoToWhichKeyAndWhen) {
  using Action = keystore::TimelineStep::Action;
  const int64_t revision = StoreRevision();
  const absl::StatusOr<RotationPreview> preview = keys().PreviewRotation(preset_ring_, clock_.Now(), {});
  ASSERT_THAT(preview, IsOk());
  std::vector<Action> actions;
  for (const keystore::TimelineStep& step : preview->steps) actions.push_back(step.action);
  EXPECT_THAT(actions, ElementsAre(Action::kPublish, Action::kActivate, Action::kLastTokenExpires, Action::kRetire));
  EXPECT_EQ(preview->steps.back().key.value(), "first");
  EXPECT_GT(preview->steps.back().time, clock_.Now() + kDay);
  EXPECT_EQ(StoreRevision(), revision);
}

// Rule 5.
TEST_F(SapEdgeRulesTest, ACallThatOnlyValidatesShowsTheKeysAndRotatesNothing) {
  ASSERT_THAT(Rotate({}, ValidateOnly()), IsOk());
  EXPECT_EQ(Current(), "first");
  EXPECT_EQ(Ring().rotation, std::nullopt);
}

// Rule 6. That each failure has an id is shown in tests/cli/sap_edge_test.cc.
TEST_F(SapEdgeRulesTest, ALockThatCannotBeHadIsItsOwnError) {
  keystore::RingRecord ring = Ring().record;
  const keystore::KeyRecord pending = NewPendingKey(services(), ring, {}, "");
  keystore::Change change;
  change.puts = {ring, pending};
  change.events = {MakeEvent(clock_.Now(), {"bob", ""}, "CreateKey", nullptr, pending)};
  ASSERT_THAT(store_->Commit(change), IsOk());
  EXPECT_THAT(Rotate(), IsError(StatusCode::kAborted, reason::kRotationLocked));
}

// What no test above rests on.
TEST_F(SapEdgeRulesTest, TheDefaultsAreThoseOfTheTable) {
  const keystore::ResolvedPolicy policy = Ring().policy;
  EXPECT_EQ(policy.max_keys, 2);
  EXPECT_FALSE(policy.keep_next);
  EXPECT_EQ(policy.activation_delay, absl::ZeroDuration());
  EXPECT_EQ(policy.min_retention, absl::ZeroDuration());
  EXPECT_EQ(policy.rotations_per_day, 0);
  EXPECT_THAT(KidsWith(keystore::KeyRole::kNext), IsEmpty());
}

}  // namespace
}  // namespace signet::core
