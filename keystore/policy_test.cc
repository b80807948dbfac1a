#include "keystore/policy.h"

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::keystore {
namespace {

KeyPolicy OfPreset(Preset preset) {
  KeyPolicy policy;
  policy.preset = preset;
  return policy;
}

TEST(Resolve, StandardHasThreeKeysAndDerivesItsActivationDelayFromTheJwksAge) {
  const ResolvedPolicy policy = Resolve(OfPreset(Preset::kStandard));
  EXPECT_EQ(policy.max_keys, 3);
  EXPECT_EQ(policy.activation_delay, absl::Minutes(5));
  EXPECT_EQ(policy.min_retention, absl::ZeroDuration());
  EXPECT_FALSE(policy.retain_until_revoked);
  EXPECT_EQ(policy.max_token_ttl, absl::Hours(24));
  EXPECT_EQ(policy.jwks_max_age, absl::Minutes(5));
  EXPECT_TRUE(policy.keep_next);
  EXPECT_TRUE(policy.automatic);
  EXPECT_EQ(policy.period, absl::Hours(24 * 90));
  EXPECT_EQ(policy.idempotency_window, absl::Minutes(10));
  EXPECT_EQ(policy.rotations_per_day, 0);
  EXPECT_EQ(policy.revoked_history, 3);
  EXPECT_EQ(policy.signing_grace, absl::Seconds(5));
}

TEST(Resolve, APresetKeepsANextKeyOnlyWhereThereIsRoom) {
  KeyPolicy policy = OfPreset(Preset::kStandard);
  policy.max_keys = 2;
  EXPECT_FALSE(Resolve(policy).keep_next);
  EXPECT_TRUE(ValidatePolicy(policy).ok());
}

TEST(Resolve, SapBtpHasTwoKeysAndTwelveHoursEachWay) {
  const ResolvedPolicy policy = Resolve(OfPreset(Preset::kSapBtp));
  EXPECT_EQ(policy.max_keys, 2);
  EXPECT_EQ(policy.activation_delay, absl::Hours(12));
  EXPECT_EQ(policy.min_retention, absl::Hours(12));
  EXPECT_FALSE(policy.retain_until_revoked);
  EXPECT_FALSE(policy.keep_next);
  EXPECT_FALSE(policy.automatic);
  EXPECT_EQ(policy.period, absl::Hours(24 * 90));
  EXPECT_EQ(policy.retirement_delay, absl::Hours(24 * 7));
}

TEST(Resolve, SapBtpKeepsSupersededKeysUntilTheyAreDeletedUnlessItRotatesByItself) {
  KeyPolicy policy;
  policy.preset = Preset::kSapBtp;
  EXPECT_FALSE(Resolve(policy).retires);
  policy.automatic = true;
  EXPECT_TRUE(Resolve(policy).retires);
  policy.automatic = false;
  policy.retirement_delay = absl::Hours(24);
  EXPECT_TRUE(Resolve(policy).retires);
  policy = {};
  policy.automatic = false;
  EXPECT_TRUE(Resolve(policy).retires);
}

TEST(Resolve, SapEdgeHasTwoKeysThatMaySignAtOnce) {
  const ResolvedPolicy policy = Resolve(OfPreset(Preset::kSapEdge));
  EXPECT_EQ(policy.max_keys, 2);
  EXPECT_EQ(policy.activation_delay, absl::ZeroDuration());
  EXPECT_EQ(policy.min_retention, absl::ZeroDuration());
  EXPECT_FALSE(policy.retain_until_revoked);
  EXPECT_FALSE(policy.keep_next);
  EXPECT_TRUE(policy.automatic);
  EXPECT_EQ(policy.signing_grace, absl::Minutes(10));
}

TEST(Resolve, Auth0HasThreeKeysThatMaySignAtOnceAndStayUntilRevoked) {
  const ResolvedPolicy policy = Resolve(OfPreset(Preset::kAuth0));
  EXPECT_EQ(policy.max_keys, 3);
  EXPECT_EQ(policy.activation_delay, absl::ZeroDuration());
  EXPECT_TRUE(policy.retain_until_revoked);
  EXPECT_TRUE(policy.keep_next);
  EXPECT_FALSE(policy.automatic);
  EXPECT_EQ(policy.rotations_per_day, 5);
}

TEST(Resolve, ADerivedActivationDelayFollowsTheJwksAgeThatWasSet) {
  KeyPolicy policy = OfPreset(Preset::kStandard);
  policy.jwks_max_age = absl::Hours(2);
  EXPECT_EQ(Resolve(policy).activation_delay, absl::Hours(2));
}

TEST(Resolve, WhatIsSetOverridesThePresetEvenWithZero) {
  KeyPolicy policy = OfPreset(Preset::kSapBtp);
  policy.max_keys = 7;
  policy.activation_delay = absl::ZeroDuration();
  policy.min_retention = absl::Hours(1);
  policy.retain_until_revoked = true;
  policy.max_token_ttl = absl::Hours(3);
  const ResolvedPolicy resolved = Resolve(policy);
  EXPECT_EQ(resolved.max_keys, 7);
  EXPECT_EQ(resolved.activation_delay, absl::ZeroDuration());
  EXPECT_EQ(resolved.min_retention, absl::Hours(1));
  EXPECT_TRUE(resolved.retain_until_revoked);
  EXPECT_EQ(resolved.max_token_ttl, absl::Hours(3));
}

TEST(Resolve, FalseOverridesAPresetThatRetainsUntilRevoked) {
  KeyPolicy policy = OfPreset(Preset::kAuth0);
  policy.retain_until_revoked = false;
  EXPECT_FALSE(Resolve(policy).retain_until_revoked);
}

struct TokenLifeCase {
  std::string name;
  Preset preset;
  std::optional<absl::Duration> max_token_ttl;
  absl::Duration default_token_ttl;
};

class DefaultTokenTtl : public testing::TestWithParam<TokenLifeCase> {};

TEST_P(DefaultTokenTtl, FollowsFromThePresetAndTheLongestLife) {
  KeyPolicy policy = OfPreset(GetParam().preset);
  policy.max_token_ttl = GetParam().max_token_ttl;
  EXPECT_EQ(Resolve(policy).default_token_ttl, GetParam().default_token_ttl);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, DefaultTokenTtl,
    testing::Values(TokenLifeCase{"Standard", Preset::kStandard, std::nullopt, absl::Hours(1)},
                    TokenLifeCase{"StandardShort", Preset::kStandard, absl::Minutes(30), absl::Minutes(30)},
                    TokenLifeCase{"StandardLong", Preset::kStandard, absl::Hours(2), absl::Hours(1)},
                    TokenLifeCase{"SapEdge", Preset::kSapEdge, std::nullopt, absl::Hours(1)},
                    TokenLifeCase{"SapEdgeLong", Preset::kSapEdge, absl::Hours(2), absl::Hours(1)},
                    TokenLifeCase{"Auth0", Preset::kAuth0, std::nullopt, absl::Hours(1)},
                    TokenLifeCase{"Auth0Long", Preset::kAuth0, absl::Hours(2), absl::Hours(1)},
                    TokenLifeCase{"SapBtp", Preset::kSapBtp, std::nullopt, absl::Hours(12)},
                    TokenLifeCase{"SapBtpShortest", Preset::kSapBtp, absl::Seconds(1800), absl::Seconds(1800)},
                    TokenLifeCase{"SapBtpTwoHours", Preset::kSapBtp, absl::Seconds(7200), absl::Seconds(7200)},
                    TokenLifeCase{"SapBtpLongest", Preset::kSapBtp, absl::Seconds(86400), absl::Seconds(86400)},
                    TokenLifeCase{"SapBtpLongerThanInSap", Preset::kSapBtp, absl::Hours(24 * 366), absl::Hours(24)}),
    [](const auto& info) { return info.param.name; });

struct RangeCase {
  std::string name;
  std::function<void(KeyPolicy&)> set;
  // Empty if the policy is valid.
  std::string field;
};

class ValidatePolicyRange : public testing::TestWithParam<RangeCase> {};

TEST_P(ValidatePolicyRange, NamesTheFieldThatIsOutOfRange) {
  KeyPolicy policy;
  GetParam().set(policy);
  const absl::Status status = ValidatePolicy(policy);
  if (GetParam().field.empty()) {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(GetErrorDetail(status));
  EXPECT_EQ(GetErrorDetail(status)->reason, reason::kInvalidField);
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), GetParam().field);
}

constexpr absl::Duration kTick = absl::Microseconds(1);
constexpr absl::Duration kDay = absl::Hours(24);

INSTANTIATE_TEST_SUITE_P(
    Policies, ValidatePolicyRange,
    testing::Values(
        RangeCase{"NothingSet", [](KeyPolicy&) {}, ""},  //
        RangeCase{"OneKey", [](KeyPolicy& p) { p.max_keys = 1; }, "policy.max_keys"},
        RangeCase{"TwoKeys", [](KeyPolicy& p) { p.max_keys = 2; }, ""},
        RangeCase{"TenKeys", [](KeyPolicy& p) { p.max_keys = 10; }, ""},
        RangeCase{"ElevenKeys", [](KeyPolicy& p) { p.max_keys = 11; }, "policy.max_keys"},
        RangeCase{"NegativeDelay", [](KeyPolicy& p) { p.activation_delay = -kTick; }, "policy.activation_delay"},
        RangeCase{"NoDelay", [](KeyPolicy& p) { p.activation_delay = absl::ZeroDuration(); }, ""},
        RangeCase{"LongestDelay", [](KeyPolicy& p) { p.activation_delay = 30 * kDay; }, ""},
        RangeCase{"TooLongDelay", [](KeyPolicy& p) { p.activation_delay = 30 * kDay + kTick; }, "policy.activation_delay"},
        RangeCase{"NegativeRetention", [](KeyPolicy& p) { p.min_retention = -kTick; }, "policy.min_retention"},
        RangeCase{"LongestRetention", [](KeyPolicy& p) { p.min_retention = 400 * kDay, p.automatic = false; }, ""},
        RangeCase{"InfiniteRetention", [](KeyPolicy& p) { p.min_retention = absl::InfiniteDuration(); }, "policy.min_retention"},
        RangeCase{"TooShortToken", [](KeyPolicy& p) { p.max_token_ttl = absl::Minutes(1) - kTick; }, "policy.max_token_ttl"},
        RangeCase{"ShortestToken", [](KeyPolicy& p) { p.max_token_ttl = absl::Minutes(1); }, ""},
        RangeCase{"LongestToken", [](KeyPolicy& p) { p.max_token_ttl = 366 * kDay, p.automatic = false; }, ""},
        RangeCase{"TooLongToken", [](KeyPolicy& p) { p.max_token_ttl = 366 * kDay + kTick; }, "policy.max_token_ttl"},
        RangeCase{"NoJwksAge", [](KeyPolicy& p) { p.jwks_max_age = absl::ZeroDuration(); }, "policy.jwks_max_age"},
        RangeCase{"ShortestJwksAge", [](KeyPolicy& p) { p.jwks_max_age = absl::Seconds(1); }, ""},
        RangeCase{"LongestJwksAge", [](KeyPolicy& p) { p.jwks_max_age = kDay; }, ""},
        RangeCase{"TooShortPeriod", [](KeyPolicy& p) { p.period = absl::Minutes(1) - kTick; }, "policy.period"},
        RangeCase{"LongestPeriod", [](KeyPolicy& p) { p.period = 3650 * kDay; }, ""},
        RangeCase{"TooLongPeriod", [](KeyPolicy& p) { p.period = 3650 * kDay + kTick; }, "policy.period"},
        RangeCase{"NegativeRetirement", [](KeyPolicy& p) { p.retirement_delay = -kTick; }, "policy.retirement_delay"},
        RangeCase{"LongestRetirement", [](KeyPolicy& p) { p.retirement_delay = 400 * kDay; }, ""},
        RangeCase{"NoGrace", [](KeyPolicy& p) { p.signing_grace = absl::ZeroDuration(); }, "policy.signing_grace"},
        RangeCase{"LongestGrace", [](KeyPolicy& p) { p.signing_grace = absl::Minutes(10); }, ""},
        RangeCase{"TooLongGrace", [](KeyPolicy& p) { p.signing_grace = absl::Minutes(10) + kTick; }, "policy.signing_grace"},
        RangeCase{"NoWindow", [](KeyPolicy& p) { p.idempotency_window = absl::ZeroDuration(); }, ""},
        RangeCase{"TooLongWindow", [](KeyPolicy& p) { p.idempotency_window = kDay + kTick; }, "policy.idempotency_window"},
        RangeCase{"AnyNumberOfRotations", [](KeyPolicy& p) { p.rotations_per_day = 0; }, ""},
        RangeCase{"NegativeRotations", [](KeyPolicy& p) { p.rotations_per_day = -1; }, "policy.rotations_per_day"},
        RangeCase{"TooManyRotations", [](KeyPolicy& p) { p.rotations_per_day = 1001; }, "policy.rotations_per_day"},
        RangeCase{"NoHistory", [](KeyPolicy& p) { p.revoked_history = 0; }, ""},
        RangeCase{"TooLongHistory", [](KeyPolicy& p) { p.revoked_history = 101; }, "policy.revoked_history"},
        RangeCase{"ANextKeyWithoutRoom", [](KeyPolicy& p) { p.max_keys = 2, p.keep_next = true; }, "policy.keep_next"},
        RangeCase{"APeriodWithinTheActivationDelay",
                  [](KeyPolicy& p) { p.period = kDay, p.activation_delay = kDay, p.max_token_ttl = absl::Hours(1); },
                  "policy.period"},
        RangeCase{"APeriodInWhichTokensDoNotExpire", [](KeyPolicy& p) { p.period = kDay; }, "policy.period"},
        RangeCase{"AShortPeriodWithRoomForMorePreviousKeys", [](KeyPolicy& p) { p.period = kDay, p.max_keys = 4; }, ""},
        RangeCase{"AShortPeriodThatIsNotUsed", [](KeyPolicy& p) { p.period = kDay, p.automatic = false; }, ""},
        RangeCase{"TooLongJwksAge", [](KeyPolicy& p) { p.jwks_max_age = kDay + kTick; }, "policy.jwks_max_age"}),
    [](const testing::TestParamInfo<RangeCase>& info) { return info.param.name; });

}  // namespace
}  // namespace signet::keystore
