// What a ring does by default, by a ring of the preset STANDARD.

#include "keystore/rotation_plan.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/preset_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyRole;
using keystore::KeyState;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class StandardRulesTest : public PresetTest {
 protected:
  StandardRulesTest() : PresetTest(keystore::Preset::kStandard) {
    NewSigningKey("first");
    Pass();
    // By now every verifier knows the NEXT key.
    clock_.Advance(absl::Minutes(5));
  }

  void PassAfter(absl::Duration step) {
    clock_.Advance(step);
    Pass();
  }
};

TEST_F(StandardRulesTest, TheDefaultsAreThoseOfTheTable) {
  const keystore::ResolvedPolicy policy = Ring().policy;
  EXPECT_EQ(policy.max_keys, 3);
  EXPECT_EQ(policy.idempotency_window, absl::Minutes(10));
  EXPECT_EQ(policy.rotations_per_day, 0);
  EXPECT_EQ(policy.revoked_history, 3);
  EXPECT_EQ(policy.signing_grace, absl::Seconds(5));
}

// max_keys.
TEST_F(StandardRulesTest, AFourthKeyIsRefused) {
  NewKeyOfRing("third");
  EXPECT_THAT(keys().Create(preset_ring_, {}, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
}

// keep_next.
TEST_F(StandardRulesTest, TheNextKeyIsAlwaysPublished) {
  EXPECT_THAT(JwksKids(), UnorderedElementsAre("first", Next()));
  ASSERT_THAT(Rotate(), IsOk());
  EXPECT_THAT(JwksKids(), Contains(Next()));
  // Even if somebody takes it away.
  ASSERT_THAT(keys().Delete(Key(Next()), Force::kNo, Call()), IsOk());
  Pass();
  EXPECT_THAT(JwksKids(), Contains(Next()));
}

// automatic and period; "with jitter".
TEST_F(StandardRulesTest, TheRingRotatesByItselfEvery90Days) {
  const absl::Time enabled = *StoredKey(Key("first")).enable_time;
  const std::string next = Next();
  const absl::Time due = *Ring().next_rotation_time;
  EXPECT_GE(due, enabled + 90 * kDay);
  EXPECT_LE(due, enabled + 90 * kDay + absl::Hours(1));
  PassAfter(due - clock_.Now() - absl::Seconds(1));
  EXPECT_EQ(Current(), "first");
  PassAfter(absl::Seconds(1));
  EXPECT_EQ(Current(), next);
}

// "a missed schedule is caught up".
TEST_F(StandardRulesTest, ARotationThatWasMissedIsCaughtUpOnce) {
  PassAfter(365 * kDay);
  EXPECT_EQ(Ring().rotation->record.number, 1);
  Pass();
  EXPECT_EQ(Ring().rotation->record.number, 1);
}

// "one scheduler among the replicas".
TEST_F(StandardRulesTest, OfTwoReplicasOneRotatesAndTheOtherDoesOnceItsLeaseHasEnded) {
  Metrics metrics("test");
  RotationScheduler other({}, services(), metrics);
  clock_.Advance(91 * kDay);
  Pass();
  EXPECT_EQ(Ring().rotation->record.number, 1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(other.RunPass(), IsOk());
  EXPECT_THAT(metrics.Expose(), HasSubstr("signet_scheduler_leads 0"));
  PassAfter(91 * kDay);
  EXPECT_EQ(Ring().rotation->record.number, 2);
  clock_.Advance(91 * kDay);
  EXPECT_THAT(other.RunPass(), IsOk());
  EXPECT_EQ(Ring().rotation->record.number, 3);
}

// "a failure is retried, visible in metrics and events".
TEST_F(StandardRulesTest, ARotationThatFailedIsTriedAgainAndLeavesAnEventAndAMetric) {
  Crash crash;
  FaultyHsm hsm(*hsm_, crash);
  hsm.generate_error = absl::UnavailableError("the token is gone");
  const Services broken{*store_, hsm,    directory(), core_->ledger,          clock_,
                        random_, steps_, log(),       services().instance_id, "https://a"};
  Metrics metrics("test");
  RotationScheduler scheduler({}, broken, metrics);
  ASSERT_THAT(keys().Delete(Key(Next()), Force::kNo, Call()), IsOk());
  clock_.Advance(91 * kDay);
  ASSERT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_EQ(Current(), "first");
  EXPECT_THAT(Actions(0), Contains("PlannedStepFailed"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("outcome=\"error\""));
  hsm.generate_error = absl::OkStatus();
  clock_.Advance(absl::Seconds(5));
  ASSERT_THAT(scheduler.RunPass(), IsOk());
  clock_.Advance(absl::Minutes(5));
  ASSERT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_NE(Current(), "first");
}

// "safe to sign".
TEST_F(StandardRulesTest, AKeySignsNoEarlierThanVerifiersMustKnowIt) {
  NewKeyOfRing("third");
  clock_.Advance(absl::Minutes(5) - absl::Milliseconds(1));
  const absl::Status early = keys().Enable(Key("third"), Force::kNo, Call()).status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable));
  EXPECT_EQ(RetryDelayOf(early), absl::Milliseconds(1));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(keys().Enable(Key("third"), Force::kNo, Call()), IsOk());
}

// "safe to sign", of a rotation.
TEST_F(StandardRulesTest, ARotationWhoseNextKeyIsTooYoungIsUnderWayUntilVerifiersMustKnowIt) {
  ASSERT_THAT(keys().Delete(Key(Next()), Force::kNo, Call()), IsOk());
  const absl::StatusOr<RotationResult> rotated = Rotate();
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->rotation.record.activation_time, std::nullopt);
  EXPECT_EQ(rotated->effective_time, clock_.Now() + absl::Minutes(5));
  PassAfter(absl::Minutes(5) - absl::Milliseconds(1));
  EXPECT_EQ(Current(), "first");
  PassAfter(absl::Milliseconds(1));
  EXPECT_EQ(Current(), rotated->rotation.current.value());
}

// "unless forced".
TEST_F(StandardRulesTest, ForceDoesNotWaitAndWarns) {
  ASSERT_THAT(keys().Delete(Key(Next()), Force::kNo, Call()), IsOk());
  const absl::StatusOr<RotationResult> rotated = Rotate(Forcing());
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(Current(), rotated->rotation.current.value());
  EXPECT_THAT(rotated->warnings, ElementsAre(HasSubstr("can refuse tokens of key " + Current())));
}

// "safe to forget".
TEST_F(StandardRulesTest, ASupersededKeyStaysUntilItsLastTokenHasExpired) {
  const std::string token = Sign(kDay);
  ASSERT_THAT(Rotate(), IsOk());
  PassAfter(kDay - absl::Seconds(1));
  EXPECT_THAT(Verify(token), IsOk());
  PassAfter(absl::Seconds(1) + keystore::kClockSkew + SigningLedger::kBoundStep);
  EXPECT_THAT(JwksKids(), Not(Contains("first")));
}

// "safe to forget": never by guess. The day is the retirement_delay, in which the key can be enabled again.
TEST_F(StandardRulesTest, ASupersededKeyThatSignedNothingGoesAfterADay) {
  ASSERT_THAT(Rotate(), IsOk());
  PassAfter(kDay - absl::Seconds(1));
  EXPECT_THAT(JwksKids(), Contains("first"));
  PassAfter(absl::Seconds(1));
  EXPECT_THAT(JwksKids(), Not(Contains("first")));
}

// RotateKeys: "in a full ring".
TEST_F(StandardRulesTest, AFullRingRefusesToRotateUntilTheOldestPreviousKeyCanGo) {
  Sign(absl::Hours(1));
  ASSERT_THAT(Rotate(), IsOk());
  clock_.Advance(absl::Minutes(10));
  const absl::Status full = Rotate().status();
  EXPECT_THAT(full, IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  clock_.Advance(RetryDelayOf(full) - absl::Milliseconds(1));
  EXPECT_THAT(Rotate(), IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  clock_.Advance(absl::Milliseconds(1));
  const absl::StatusOr<RotationResult> rotated = Rotate();
  ASSERT_THAT(rotated, IsOk());
  EXPECT_THAT(rotated->rotation.retired, ElementsAre(keystore::Kid("first")));
  EXPECT_THAT(rotated->warnings, IsEmpty());
}

// RotateKeys: "force retires it anyway".
TEST_F(StandardRulesTest, ForceRetiresThePreviousKeyOfAFullRingAndWarns) {
  const std::string token = Sign(absl::Hours(1));
  ASSERT_THAT(Rotate(), IsOk());
  clock_.Advance(absl::Minutes(10));
  const absl::StatusOr<RotationResult> rotated = Rotate(Forcing());
  ASSERT_THAT(rotated, IsOk());
  EXPECT_THAT(rotated->warnings, ElementsAre(HasSubstr("tokens of key first")));
  EXPECT_THAT(Verify(token), IsError(StatusCode::kInvalidArgument, reason::kTokenKeyUnknown));
}

// RotateKeys with purge.
TEST_F(StandardRulesTest, APurgeRevokesEveryOtherKeyAndMakesANewNextKey) {
  Sign();
  ASSERT_THAT(Rotate(), IsOk());
  const std::string second = Current();
  ASSERT_THAT(Rotate(Purging()), IsOk());
  EXPECT_THAT(KidsWith(KeyRole::kNone), UnorderedElementsAre("first", second));
  EXPECT_THAT(JwksKids(), UnorderedElementsAre(Current(), Next()));
  EXPECT_EQ(KeysInHsm(), 2u);
}

// min_retention.
TEST_F(StandardRulesTest, AKeyIsKeptForMinRetentionEvenIfItSignedNothing) {
  RingUpdate update;
  update.min_retention = kDay;
  Update(update);
  ASSERT_THAT(Rotate(), IsOk());
  PassAfter(kDay - absl::Milliseconds(1));
  EXPECT_THAT(JwksKids(), Contains("first"));
  PassAfter(absl::Milliseconds(1));
  EXPECT_EQ(StoredKey(Key("first")).state, KeyState::kDestroyed);
}

// max_token_ttl.
TEST_F(StandardRulesTest, NoTokenLivesLongerThanMaxTokenTtl) {
  EXPECT_THAT(tokens_.SignToken({preset_ring_, "{}", kDay + absl::Seconds(1)}, *signer_),
              IsError(StatusCode::kInvalidArgument, reason::kTtlTooLong));
  EXPECT_THAT(tokens_.SignToken({preset_ring_, "{}", kDay}, *signer_), IsOk());
}

// jwks_max_age: until the next planned change at most.
TEST_F(StandardRulesTest, TheJwksMayBeCachedForJwksMaxAgeOrUntilTheNextPlannedChange) {
  const auto max_age = [&] { return directory().FindTenant(acme_)->jwks_life.MaxAge(clock_.Now()); };
  EXPECT_EQ(max_age(), absl::Minutes(5));
  clock_.Advance(*Ring().next_rotation_time - clock_.Now() - absl::Minutes(1));
  EXPECT_EQ(max_age(), absl::Minutes(1));
}

// rotations_per_day.
TEST_F(StandardRulesTest, AQuotaThatIsSetHoldsForCallersAndNotForThePolicysOwnRotations) {
  RingUpdate update;
  update.rotations_per_day = 1;
  update.max_token_ttl = absl::Hours(1);
  update.period = absl::Hours(10);
  Update(update);
  ASSERT_THAT(Rotate(), IsOk());
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Rotate(), IsError(StatusCode::kResourceExhausted, reason::kRotationQuota));
  PassAfter(*Ring().next_rotation_time - clock_.Now());
  EXPECT_EQ(Ring().rotation->record.number, 2);
  EXPECT_THAT(Rotate(), IsOk());  // The one before, within the idempotency window.
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(Rotate(), IsError(StatusCode::kResourceExhausted, reason::kRotationQuota));
}

}  // namespace
}  // namespace signet::core
