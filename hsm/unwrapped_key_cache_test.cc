#include "hsm/unwrapped_key_cache.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "gtest/gtest.h"
#include "hsm/algorithm.h"
#include "hsm/key_spec.h"

namespace signet::hsm {
namespace {

using Cache = UnwrappedKeyCache<std::string>;

KeySpec Spec() { return {std::string(kKeyIdSize, 'k'), "signet/test", Algorithm::kEs256}; }

bool IsAlive(const std::string&) { return true; }

absl::StatusOr<Cache::Pointer> Make(const std::string& key) { return std::make_shared<const std::string>(key); }

// HungFlight is a key that another thread unwraps until it is told to end.
class HungFlight {
 public:
  explicit HungFlight(Cache& cache)
      : thread_([this, &cache] {
          result_ = cache.Get(Spec(), absl::Minutes(1), IsAlive, [this] {
            begun_.set_value();
            end_.get_future().wait();
            return Make("slow");
          });
        }) {
    begun_.get_future().wait();
  }
  ~HungFlight() {
    if (thread_.joinable()) End();
  }

  // What it got.
  std::string End() {
    end_.set_value();
    thread_.join();
    return result_.ok() ? **result_ : "";
  }

 private:
  std::promise<void> begun_;
  std::promise<void> end_;
  absl::StatusOr<Cache::Pointer> result_;
  std::thread thread_;  // Last: it uses all of the above.
};

absl::StatusOr<Cache::Pointer> Wait(Cache& cache, absl::Duration patience) {
  return cache.Get(Spec(), patience, IsAlive, [] {
    ADD_FAILURE() << "two unwrap the same key";
    return Make("another");
  });
}

TEST(UnwrappedKeyCache, WhoWaitsForAKeyGivesUpWhenItHasTakenTooLong) {
  Cache cache(1);
  HungFlight flight(cache);
  for (const absl::Duration patience : {absl::Milliseconds(10), absl::ZeroDuration()}) {
    const absl::Status status = Wait(cache, patience).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(GetReason(status), "HSM_UNAVAILABLE");
  }
  EXPECT_EQ(flight.End(), "slow");
  ASSERT_NE(cache.Find(Spec(), IsAlive), nullptr) << "it was not given up";
  EXPECT_EQ(*cache.Find(Spec(), IsAlive), "slow");
}

TEST(UnwrappedKeyCache, AKeyThatHasTakenTooLongHoldsUpNobodyWhoComesLater) {
  constexpr absl::Duration kPatience = absl::Seconds(2);
  Cache cache(1);
  HungFlight flight(cache);
  EXPECT_TRUE(absl::IsUnavailable(Wait(cache, kPatience).status()));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(absl::IsUnavailable(Wait(cache, kPatience).status()));
  EXPECT_LT(absl::FromChrono(std::chrono::steady_clock::now() - start), kPatience);
}

TEST(UnwrappedKeyCache, WhoWaitsGetsTheSameKeyOrError) {
  Cache cache(1);
  auto flight = std::make_unique<HungFlight>(cache);
  std::future<absl::StatusOr<Cache::Pointer>> waiter =
      std::async(std::launch::async, [&] { return Wait(cache, absl::Minutes(1)); });
  while (cache.statistics().misses < 2) std::this_thread::yield();
  flight->End();
  const absl::StatusOr<Cache::Pointer> key = waiter.get();
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, cache.Find(Spec(), IsAlive));

  cache.Erase(Spec().id);
  EXPECT_TRUE(absl::IsDataLoss(cache.Get(Spec(), absl::ZeroDuration(), IsAlive, [] { return absl::DataLossError(""); }).status()));
  EXPECT_EQ(cache.statistics().failures, 1u);
  EXPECT_EQ(cache.Find(Spec(), IsAlive), nullptr) << "errors are not kept";
}

TEST(UnwrappedKeyCache, AKeyThatIsForgottenWhileItIsUnwrappedIsNotKeptAndNotGivenToWhoComesLater) {
  Cache cache(1);
  HungFlight flight(cache);
  cache.Erase(Spec().id);
  const absl::StatusOr<Cache::Pointer> later = cache.Get(Spec(), absl::ZeroDuration(), IsAlive, [] { return Make("later"); });
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(**later, "later");
  EXPECT_EQ(flight.End(), "slow") << "who asked before may use it";
  ASSERT_NE(cache.Find(Spec(), IsAlive), nullptr);
  EXPECT_EQ(*cache.Find(Spec(), IsAlive), "later");
}

}  // namespace
}  // namespace signet::hsm
