#include "server/core/rate_limiter.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

const keystore::TenantId kAcme("acme");
const keystore::TenantId kOther("other");

// RateLimiterTest limits signing: 10 calls a second after 5 at once for each principal, 20 after 20 for each tenant.
class RateLimiterTest : public ::testing::Test {
 protected:
  static RateLimiter::Options Limits() {
    RateLimiter::Options options;
    options.signing = {.per_principal = {.per_second = 10, .burst = 5}, .per_tenant = {.per_second = 20, .burst = 20}};
    return options;
  }
  absl::Status Sign(const std::string& principal, const std::optional<keystore::TenantId>& tenant = kAcme) {
    return limiter_.Count(CallClass::kSigning, principal, tenant).status;
  }
  // How many of `tries` calls are let through.
  int CountGranted(int tries, const std::string& principal, const std::optional<keystore::TenantId>& tenant = kAcme) {
    int granted = 0;
    for (int i = 0; i < tries; ++i) granted += Sign(principal, tenant).ok() ? 1 : 0;
    return granted;
  }

  FakeClock clock_;
  RateLimiter limiter_{Limits(), clock_};
};

TEST_F(RateLimiterTest, ABurstPassesAndThenTheRateHolds) {
  EXPECT_EQ(CountGranted(100, "a"), 5);
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(CountGranted(100, "a"), 1);
  clock_.Advance(absl::Milliseconds(99));
  EXPECT_EQ(CountGranted(100, "a"), 0);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(CountGranted(100, "a"), 5);
}

TEST_F(RateLimiterTest, ARefusalSaysWhenToGoOn) {
  CountGranted(5, "a");
  const absl::Status status = Sign("a");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetReason(status), "RATE_LIMITED");
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("limit"), "10");
  EXPECT_EQ(GetErrorDetail(status)->retry_delay, absl::Milliseconds(100));
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_TRUE(Sign("a").ok());
}

TEST_F(RateLimiterTest, AVerdictSaysWhatIsLeft) {
  RateLimiter::Verdict verdict = limiter_.Count(CallClass::kSigning, "a", kAcme);
  EXPECT_EQ(verdict.limit, 5);
  EXPECT_EQ(verdict.remaining, 4);
  EXPECT_EQ(verdict.reset, absl::Milliseconds(100));
  CountGranted(4, "a");
  verdict = limiter_.Count(CallClass::kSigning, "a", kAcme);
  EXPECT_EQ(verdict.remaining, 0);
  EXPECT_EQ(verdict.reset, absl::Milliseconds(500));
  EXPECT_EQ(limiter_.Count(CallClass::kToken, "a", kAcme).limit, 0);
}

TEST_F(RateLimiterTest, AFloodUsesUpNobodyElsesRate) {
  EXPECT_EQ(CountGranted(10000, "flood"), 5);
  // Not even that of its tenant: only what it was granted counts.
  EXPECT_EQ(CountGranted(10, "b"), 5);
  EXPECT_EQ(CountGranted(10, "c"), 5);
  EXPECT_EQ(CountGranted(10, "d"), 5);
  EXPECT_EQ(CountGranted(10, "b", kOther), 0) << "one principal, whatever its tenant";
  EXPECT_EQ(CountGranted(10, "x", kOther), 5);
}

TEST_F(RateLimiterTest, ATenantHasARateThatItsPrincipalsShare) {
  int granted = 0;
  for (int i = 0; i < 50; ++i) granted += CountGranted(5, absl::StrCat("p", i));
  EXPECT_EQ(granted, 20);
  const absl::Status status = Sign("late");
  EXPECT_EQ(GetReason(status), "RATE_LIMITED");
  EXPECT_EQ(GetErrorDetail(status)->retry_delay, absl::Milliseconds(50));
  EXPECT_EQ(CountGranted(5, "late", kOther), 5) << "what the tenant refused is not the principal's loss";
}

TEST_F(RateLimiterTest, OfManyCallsAtOnceAsManyAreLetInAsTheRateHas) {
  RateLimiter::Verdict verdict = limiter_.Count(CallClass::kSigning, "a", kAcme, 3);
  EXPECT_TRUE(verdict.status.ok());
  EXPECT_EQ(verdict.granted, 3);
  EXPECT_EQ(verdict.remaining, 2);
  verdict = limiter_.Count(CallClass::kSigning, "a", kAcme, 256);
  EXPECT_EQ(GetReason(verdict.status), "RATE_LIMITED");
  EXPECT_EQ(verdict.granted, 2);
  EXPECT_EQ(GetErrorDetail(verdict.status)->retry_delay, absl::Milliseconds(100)) << "when the next one fits";
  EXPECT_EQ(limiter_.Count(CallClass::kSigning, "a", kAcme, 256).granted, 0);
  clock_.Advance(absl::Milliseconds(250));
  EXPECT_EQ(limiter_.Count(CallClass::kSigning, "a", kAcme, 256).granted, 2);
}

TEST_F(RateLimiterTest, OfManyCallsAtOnceTheTenantRefusesNoneAtThePrincipalsExpense) {
  for (const char* name : {"b", "c", "d"}) EXPECT_EQ(limiter_.Count(CallClass::kSigning, name, kAcme, 5).granted, 5);
  EXPECT_EQ(limiter_.Count(CallClass::kSigning, "e", kAcme, 3).granted, 3);
  const RateLimiter::Verdict verdict = limiter_.Count(CallClass::kSigning, "a", kAcme, 4);
  EXPECT_EQ(verdict.granted, 2) << "of the tenant's 20";
  EXPECT_EQ(GetErrorDetail(verdict.status)->metadata.at("limit"), "20");
  EXPECT_EQ(limiter_.Count(CallClass::kSigning, "a", kOther, 5).granted, 3);
}

TEST_F(RateLimiterTest, ClassesAreCountedApart) {
  RateLimiter::Options options = Limits();
  options.token = {.per_principal = {.per_second = 1, .burst = 1}, .per_tenant = {}};
  RateLimiter limiter(options, clock_);
  EXPECT_TRUE(limiter.Count(CallClass::kToken, "a", kAcme).status.ok());
  EXPECT_FALSE(limiter.Count(CallClass::kToken, "a", kAcme).status.ok());
  EXPECT_TRUE(limiter.Count(CallClass::kSigning, "a", kAcme).status.ok());
  EXPECT_TRUE(limiter.Count(CallClass::kAdministrative, "a", kAcme).status.ok());
}

TEST_F(RateLimiterTest, WithoutRatesNothingIsLimitedOrKept) {
  RateLimiter limiter({}, clock_);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(limiter.Check(CallClass::kSigning, {.name = absl::StrCat(i), .tenant = kAcme}).ok());
  }
  EXPECT_EQ(limiter.size(), 0u);
}

TEST_F(RateLimiterTest, FreeCallsAreNeverLimited) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limiter_.Count(CallClass::kFree, "a", kAcme).status.ok());
}

TEST_F(RateLimiterTest, AClockThatIsSetBackLocksNobodyOut) {
  CountGranted(5, "a");
  clock_.Advance(-absl::Hours(24));
  EXPECT_EQ(CountGranted(10, "a"), 5);
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(CountGranted(10, "a"), 1);
}

TEST_F(RateLimiterTest, MillionsOfNamesTakeBoundedMemoryAndLimitNobodyElse) {
  RateLimiter::Options options = Limits();
  options.max_names = 1600;
  options.signing.per_tenant = {};
  RateLimiter limiter(options, clock_);
  for (int i = 0; i < 300'000; ++i) {
    ASSERT_TRUE(limiter.Count(CallClass::kSigning, absl::StrCat("name-", i), kAcme).status.ok());
  }
  EXPECT_LE(limiter.size(), 1600u);
  // Whoever calls all the time is never among those that are dropped.
  int granted = 0;
  for (int i = 0; i < 20'000; ++i) {
    granted += limiter.Count(CallClass::kSigning, "flood", kAcme).status.ok() ? 1 : 0;
    ASSERT_TRUE(limiter.Count(CallClass::kSigning, absl::StrCat("more-", i), kAcme).status.ok());
  }
  EXPECT_EQ(granted, 5);
}

TEST_F(RateLimiterTest, NamesWhoseRateIsWholeAreForgotten) {
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Sign(absl::StrCat("name-", i), std::nullopt).ok());
  EXPECT_EQ(limiter_.size(), 1000u);
  clock_.Advance(absl::Seconds(1));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Sign(absl::StrCat("other-", i), std::nullopt).ok());
  EXPECT_LE(limiter_.size(), 1016u);
}

TEST_F(RateLimiterTest, ThreadsTogetherGetNoMoreThanTheRate) {
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { granted += CountGranted(1000, "a"); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 5);
}

}  // namespace
}  // namespace signet::core
