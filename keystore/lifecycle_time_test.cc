// The rules of a key's life that depend on the time, at and around their boundaries.

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/lifecycle.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);
constexpr absl::Duration kDelay = absl::Hours(12);
constexpr absl::Duration kTtl = absl::Hours(24);

ResolvedPolicy Policy() {
  return {.preset = Preset::kSapBtp,
          .max_keys = 2,
          .activation_delay = kDelay,
          .min_retention = absl::ZeroDuration(),
          .retain_until_revoked = false,
          .max_token_ttl = kTtl,
          .default_token_ttl = absl::Hours(1),
          .jwks_max_age = absl::Minutes(5)};
}

// A key published at TestTime.
KeyRecord NextKey() { return MakeKey("t1", "r1", 1); }

// A key enabled an hour before TestTime and disabled at it.
KeyRecord PreviousKey() {
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.publish_time = key.create_time = TestTime() - absl::Hours(20);
  key.enable_time = TestTime() - absl::Hours(1);
  key.disable_time = key.update_time = TestTime();
  key.usage.token_expiry_bound = TestTime() + kTtl;
  return key;
}

void ExpectRefused(const absl::StatusOr<KeyRecord>& result, absl::string_view reason, std::map<std::string, std::string> metadata,
                   std::optional<absl::Duration> retry_delay) {
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  const ErrorDetail expected{std::string(reason), std::move(metadata), retry_delay};
  EXPECT_EQ(GetErrorDetail(result.status()), expected) << result.status();
}

// TestTime is 2023-11-14T22:13:20Z.
const char kActivatable[] = "2023-11-15T10:13:20+00:00";
const char kDeletable[] = "2023-11-15T22:14:20+00:00";

TEST(ActivationDelay, RefusesAtOnceWithTheWholeDelay) {
  ExpectRefused(Apply(NextKey(), KeyVerb::kEnable, Force::kNo, TestTime(), Policy()), reason::kKeyNotYetActivatable,
                {{"activatable_time", kActivatable}}, kDelay);
}

TEST(ActivationDelay, RefusesOneTickBeforeItsEndWithADelayRoundedUp) {
  ExpectRefused(Apply(NextKey(), KeyVerb::kEnable, Force::kNo, TestTime() + kDelay - kTick, Policy()),
                reason::kKeyNotYetActivatable, {{"activatable_time", kActivatable}}, absl::Milliseconds(1));
}

TEST(ActivationDelay, AllowsAtItsEnd) {
  EXPECT_TRUE(Apply(NextKey(), KeyVerb::kEnable, Force::kNo, TestTime() + kDelay, Policy()).ok());
}

TEST(ActivationDelay, IsSkippedByForce) { EXPECT_TRUE(Apply(NextKey(), KeyVerb::kEnable, Force::kYes, TestTime(), Policy()).ok()); }

TEST(ActivationDelay, OfZeroAllowsAtOnce) {
  ResolvedPolicy policy = Policy();
  policy.activation_delay = absl::ZeroDuration();
  EXPECT_TRUE(Apply(NextKey(), KeyVerb::kEnable, Force::kNo, TestTime(), policy).ok());
}

TEST(ActivationDelay, OfZeroAllowsEvenWhenTheClockWasSetBack) {
  ResolvedPolicy policy = Policy();
  policy.activation_delay = absl::ZeroDuration();
  const absl::StatusOr<KeyRecord> key = Apply(NextKey(), KeyVerb::kEnable, Force::kNo, TestTime() - absl::Hours(1), policy);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->enable_time, TestTime());
}

TEST(ActivationDelay, CountsByTheClockWhenItWasSetBack) {
  ExpectRefused(Apply(NextKey(), KeyVerb::kEnable, Force::kNo, TestTime() - absl::Hours(1), Policy()),
                reason::kKeyNotYetActivatable, {{"activatable_time", kActivatable}}, kDelay + absl::Hours(1));
}

TEST(ActivationDelay, DoesNotHoldForAKeyThatWasEnabledBefore) {
  KeyRecord key = PreviousKey();
  key.publish_time = TestTime();
  EXPECT_TRUE(Apply(key, KeyVerb::kEnable, Force::kNo, TestTime(), Policy()).ok());
}

TEST(ActivationDelay, EndsAtThePublishTimePlusTheDelay) { EXPECT_EQ(ActivatableTime(NextKey(), Policy()), TestTime() + kDelay); }

TEST(ActivationDelay, NeverEndsForAKeyThatIsNotPublished) {
  KeyRecord key = NextKey();
  key.publish_time.reset();
  EXPECT_EQ(ActivatableTime(key, Policy()), absl::InfiniteFuture());
}

TEST(Retention, RefusesAtOnceUntilTheLastTokenHasExpiredForEveryVerifier) {
  ExpectRefused(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime(), Policy()), reason::kKeyInRetention,
                {{"deletable_time", kDeletable}}, kTtl + kClockSkew);
}

TEST(Retention, RefusesWhenTheTtlIsOverButTheSkewIsNot) {
  ExpectRefused(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() + kTtl, Policy()), reason::kKeyInRetention,
                {{"deletable_time", kDeletable}}, kClockSkew);
}

TEST(Retention, RefusesOneTickBeforeItsEnd) {
  ExpectRefused(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() + kTtl + kClockSkew - kTick, Policy()),
                reason::kKeyInRetention, {{"deletable_time", kDeletable}}, absl::Milliseconds(1));
}

TEST(Retention, AllowsAtItsEnd) {
  EXPECT_TRUE(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() + kTtl + kClockSkew, Policy()).ok());
}

TEST(Retention, IsSkippedByForce) { EXPECT_TRUE(Apply(PreviousKey(), KeyVerb::kDelete, Force::kYes, TestTime(), Policy()).ok()); }

TEST(Retention, IsThatOfThePolicyIfItIsLonger) {
  ResolvedPolicy policy = Policy();
  policy.min_retention = absl::Hours(48);
  EXPECT_EQ(DeletableTime(PreviousKey(), policy), TestTime() + absl::Hours(48));
  EXPECT_FALSE(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() + absl::Hours(48) - kTick, policy).ok());
  EXPECT_TRUE(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() + absl::Hours(48), policy).ok());
}

TEST(Retention, IsNotShortenedByThePolicy) {
  ResolvedPolicy policy = Policy();
  policy.min_retention = absl::Hours(12);
  policy.max_token_ttl = absl::Minutes(1);  // What the key signed before lives as long as it was told then.
  EXPECT_EQ(DeletableTime(PreviousKey(), policy), TestTime() + kTtl + kClockSkew);
}

TEST(Retention, OfAKeyThatNeverSignedIsThatOfThePolicyAlone) {
  KeyRecord key = PreviousKey();
  key.usage = {};
  EXPECT_EQ(DeletableTime(key, Policy()), TestTime());
  ResolvedPolicy policy = Policy();
  policy.min_retention = absl::Hours(12);
  EXPECT_EQ(DeletableTime(key, policy), TestTime() + absl::Hours(12));
}

TEST(Retirement, WaitsForItsDelayAndForTheRetention) {
  ResolvedPolicy policy = Policy();
  EXPECT_EQ(RetireTime(PreviousKey(), policy), TestTime() + kTtl + kClockSkew);
  policy.retirement_delay = absl::Hours(24 * 7);
  EXPECT_EQ(RetireTime(PreviousKey(), policy), TestTime() + absl::Hours(24 * 7));
  EXPECT_EQ(DeletableTime(PreviousKey(), policy), TestTime() + kTtl + kClockSkew);
}

TEST(Retirement, IsOnlyForPreviousKeysThatAreNotKeptUntilRevoked) {
  EXPECT_EQ(RetireTime(NextKey(), Policy()), absl::InfiniteFuture());
  ResolvedPolicy policy = Policy();
  policy.retain_until_revoked = true;
  EXPECT_EQ(RetireTime(PreviousKey(), policy), absl::InfiniteFuture());
}

TEST(Retirement, IsNotForKeysThatStayUntilSomebodyDeletesThem) {
  ResolvedPolicy policy = Policy();
  policy.retires = false;
  EXPECT_EQ(RetireTime(PreviousKey(), policy), absl::InfiniteFuture());
  EXPECT_EQ(DeletableTime(PreviousKey(), policy), TestTime() + kTtl + kClockSkew);
}

TEST(Retirement, ToMakeRoomNeedsNoRevocationButTheEndOfTheTokens) {
  ResolvedPolicy policy = Policy();
  policy.retain_until_revoked = true;
  const absl::Time end = TestTime() + kTtl + kClockSkew;
  EXPECT_EQ(RetirableTime(PreviousKey(), policy), end);
  ExpectRefused(Apply(PreviousKey(), KeyVerb::kRetire, Force::kNo, end - kTick, policy), reason::kKeyInRetention,
                {{"retirable_time", kDeletable}}, absl::Milliseconds(1));
  EXPECT_TRUE(Apply(PreviousKey(), KeyVerb::kRetire, Force::kNo, end, policy).ok());
  EXPECT_TRUE(Apply(PreviousKey(), KeyVerb::kRetire, Force::kYes, TestTime(), policy).ok());
}

TEST(Retention, UntilRevokedNeverEndsAndNamesNoTime) {
  ResolvedPolicy policy = Policy();
  policy.retain_until_revoked = true;
  EXPECT_EQ(DeletableTime(PreviousKey(), policy), absl::InfiniteFuture());
  ExpectRefused(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() + absl::Hours(1'000'000), policy),
                reason::kKeyInRetention, {}, std::nullopt);
}

TEST(Retention, UntilRevokedIsSkippedByForceAndByRevoking) {
  ResolvedPolicy policy = Policy();
  policy.retain_until_revoked = true;
  EXPECT_TRUE(Apply(PreviousKey(), KeyVerb::kDelete, Force::kYes, TestTime(), policy).ok());
  const absl::StatusOr<KeyRecord> revoked = Apply(PreviousKey(), KeyVerb::kRevoke, Force::kNo, TestTime(), policy);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_TRUE(Apply(*revoked, KeyVerb::kDelete, Force::kNo, TestTime(), policy).ok());
}

TEST(Retention, DoesNotHoldForAKeyThatNeverSigned) {
  ResolvedPolicy policy = Policy();
  policy.retain_until_revoked = true;
  policy.min_retention = absl::Hours(48);
  EXPECT_EQ(DeletableTime(NextKey(), policy), absl::InfinitePast());
  EXPECT_TRUE(Apply(NextKey(), KeyVerb::kDelete, Force::kNo, TestTime(), policy).ok());
}

TEST(Retention, IsWithoutEndForTheKeyThatSigns) {
  KeyRecord key = PreviousKey();
  key.state = KeyState::kEnabled;
  EXPECT_EQ(DeletableTime(key, Policy()), absl::InfiniteFuture());
}

TEST(Retention, OfARecordWithoutItsDisableTimeNeverEnds) {
  KeyRecord key = PreviousKey();
  key.disable_time.reset();
  EXPECT_EQ(DeletableTime(key, Policy()), absl::InfiniteFuture());
}

TEST(ClockSetBack, DoesNotMakeAKeysTimesRunBackwards) {
  KeyRecord key = PreviousKey();
  key.state = KeyState::kEnabled;
  key.enable_time = key.update_time = TestTime();
  key.disable_time.reset();
  const absl::StatusOr<KeyRecord> disabled = Apply(key, KeyVerb::kSuperseded, Force::kNo, TestTime() - absl::Hours(100), Policy());
  ASSERT_TRUE(disabled.ok()) << disabled.status();
  EXPECT_EQ(disabled->disable_time, TestTime());
  EXPECT_EQ(disabled->update_time, TestTime());
  // What it signed at TestTime is still kept whole.
  EXPECT_EQ(DeletableTime(*disabled, Policy()), TestTime() + kTtl + kClockSkew);
}

TEST(ClockSetBack, ProlongsTheWaitForTheEndOfARetention) {
  ExpectRefused(Apply(PreviousKey(), KeyVerb::kDelete, Force::kNo, TestTime() - absl::Hours(2), Policy()), reason::kKeyInRetention,
                {{"deletable_time", kDeletable}}, kTtl + kClockSkew + absl::Hours(2));
}

}  // namespace
}  // namespace signet::keystore
