#include "server/core/rotation_quota.h"

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/records.h"

namespace signet::core {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

keystore::RingRecord FiveADay() {
  keystore::RingRecord ring;
  ring.policy.preset = keystore::Preset::kAuth0;
  return ring;
}

TEST(TakeRotationQuota, IsFiveAtOnceAndThenOneAFifthOfADay) {
  keystore::RingRecord ring = FiveADay();
  absl::Time now = kStart;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(TakeRotationQuota(ring, now).ok()) << i;
  const absl::Status refused = TakeRotationQuota(ring, now);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  const ErrorDetail expected{std::string(reason::kRotationQuota), {{"rotations_per_day", "5"}}, absl::Minutes(288)};
  EXPECT_EQ(GetErrorDetail(refused), expected);
  now += absl::Minutes(288) - absl::Milliseconds(1);
  EXPECT_FALSE(TakeRotationQuota(ring, now).ok());
  now += absl::Milliseconds(1);
  EXPECT_TRUE(TakeRotationQuota(ring, now).ok());
  EXPECT_FALSE(TakeRotationQuota(ring, now).ok());
}

TEST(TakeRotationQuota, IsFullAgainAfterADay) {
  keystore::RingRecord ring = FiveADay();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(TakeRotationQuota(ring, kStart).ok());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(TakeRotationQuota(ring, kStart + absl::Hours(24)).ok()) << i;
}

TEST(TakeRotationQuota, DoesNotWaitForATimeThatAClockShowedBeforeItWasSetBack) {
  keystore::RingRecord ring = FiveADay();
  EXPECT_TRUE(TakeRotationQuota(ring, kStart + absl::Hours(24 * 400)).ok());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(TakeRotationQuota(ring, kStart).ok()) << i;
  EXPECT_FALSE(TakeRotationQuota(ring, kStart).ok());
}

TEST(TakeRotationQuota, HasNoLimitWhereThePolicySetsNone) {
  keystore::RingRecord ring;
  const keystore::RingRecord before = ring;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(TakeRotationQuota(ring, kStart).ok());
  EXPECT_EQ(ring, before);
}

}  // namespace
}  // namespace signet::core
