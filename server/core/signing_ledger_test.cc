#include "server/core/signing_ledger.h"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/records.h"
#include "server/core/seeded_store.h"
#include "server/core/testing/crash.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using keystore::KeyState;

constexpr absl::Duration kStep = SigningLedger::kBoundStep;

class SigningLedgerTest : public testing::Test {
 protected:
  keystore::KeyUsage Stored() { return seeded_.store().GetKeyByUid(key_.uid).value().value().usage; }
  void Disable() { seeded_.SetState(key_, KeyState::kDisabled); }

  SeededStore seeded_;
  keystore::KeyRecord key_ = seeded_.AddKey(seeded_.AddTenant("acme"), hsm::Algorithm::kEs256, KeyState::kEnabled);
  keystore::KeyRecord another_key_ = seeded_.AddKey(seeded_.AddTenant("umbrella"), hsm::Algorithm::kEs256, KeyState::kEnabled);
  SigningLedger ledger_{{.flush_interval = absl::Hours(1), .patience = absl::Seconds(20)}, seeded_.store()};
  // As in snapshots: shared with the ledger.
  std::shared_ptr<KeyMeter> meter_ = std::make_shared<KeyMeter>(key_.uid, std::nullopt);
  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(SigningLedgerTest, StoresTheBoundBeforeTheFirstTokenIsReleased) {
  const absl::Time expiry = now_ + absl::Hours(1);
  EXPECT_TRUE(ledger_.Admit(meter_, expiry).ok());
  EXPECT_EQ(Stored().token_expiry_bound, expiry + kStep);
  EXPECT_EQ(Stored().signature_count, 0);
}

TEST_F(SigningLedgerTest, DoesNotAskTheStoreForATokenWithinTheBound) {
  ASSERT_TRUE(ledger_.Admit(meter_, now_ + absl::Hours(1)).ok());
  Disable();  // Would be refused.
  EXPECT_TRUE(ledger_.Admit(meter_, now_ + absl::Hours(1) + kStep / 2).ok());
  EXPECT_EQ(Stored().token_expiry_bound, now_ + absl::Hours(1) + kStep);
}

TEST_F(SigningLedgerTest, MovesTheBoundWithTheNextCountsOnceHalfAStepIsLeft) {
  ASSERT_TRUE(ledger_.Admit(meter_, now_).ok());
  EXPECT_TRUE(ledger_.Admit(meter_, now_ + kStep / 2 + absl::Seconds(1)).ok());
  EXPECT_EQ(meter_->bound(), now_ + kStep);
  EXPECT_TRUE(ledger_.Flush().ok());
  EXPECT_EQ(meter_->bound(), now_ + kStep / 2 + absl::Seconds(1) + kStep);
  EXPECT_EQ(Stored().token_expiry_bound, meter_->bound());
}

TEST_F(SigningLedgerTest, MovesTheBoundByItself) {
  SigningLedger ledger({.flush_interval = absl::Milliseconds(20), .patience = absl::Seconds(20)}, seeded_.store());
  ASSERT_TRUE(ledger.Admit(meter_, now_).ok());
  EXPECT_TRUE(ledger.Admit(meter_, now_ + kStep / 2 + absl::Seconds(1)).ok());
  while (meter_->bound() == now_ + kStep) std::this_thread::yield();
  EXPECT_EQ(Stored().token_expiry_bound, meter_->bound());
}

TEST_F(SigningLedgerTest, RefusesAKeyThatDoesNotSignAnyMore) {
  ASSERT_TRUE(ledger_.Admit(meter_, now_).ok());
  Disable();
  const absl::Status refused = ledger_.Admit(meter_, now_ + kStep + absl::Seconds(1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(GetReason(refused), reason::kConcurrentChange);
  EXPECT_EQ(Stored().token_expiry_bound, now_ + kStep);
}

TEST_F(SigningLedgerTest, StartsFromTheBoundThatTheStoreHas) {
  const auto meter = std::make_shared<KeyMeter>(key_.uid, now_ + absl::Hours(9));
  Disable();
  EXPECT_TRUE(ledger_.Admit(meter, now_ + absl::Hours(8)).ok());
}

TEST_F(SigningLedgerTest, WritesWhatWasCountedWhenItIsFlushed) {
  ledger_.Count(meter_, now_, now_ + absl::Hours(1));
  ledger_.Count(meter_, now_ + absl::Seconds(2), now_ + absl::Minutes(1));
  EXPECT_EQ(Stored().signature_count, 0);
  EXPECT_TRUE(ledger_.Flush().ok());
  EXPECT_EQ(Stored().signature_count, 2);
  EXPECT_EQ(Stored().last_signed_time, now_ + absl::Seconds(2));
  EXPECT_EQ(Stored().latest_token_expiry, now_ + absl::Hours(1));
  EXPECT_TRUE(ledger_.Flush().ok());
  EXPECT_EQ(Stored().signature_count, 2);
}

TEST_F(SigningLedgerTest, WritesWhatWasCountedAtItsEnd) {
  ledger_.Count(meter_, now_, now_ + absl::Hours(1));
  ledger_.Stop();
  EXPECT_EQ(Stored().signature_count, 1);
}

TEST_F(SigningLedgerTest, AFailureIsForgottenOnceNothingIsLeftToWrite) {
  Crash crash;
  FaultyKeyStore store(seeded_.store(), crash);
  SigningLedger ledger({.flush_interval = absl::Milliseconds(1), .patience = absl::Seconds(20)}, store);
  store.refuses_usage = true;
  EXPECT_EQ(GetReason(ledger.Admit(meter_, now_)), reason::kStoreUnavailable);
  store.refuses_usage = false;
  while (!ledger.Flush().ok()) std::this_thread::yield();
  EXPECT_EQ(ledger.UnwrittenFor(), absl::ZeroDuration());
  EXPECT_TRUE(ledger.Admit(meter_, now_).ok());
  EXPECT_EQ(Stored().token_expiry_bound, now_ + kStep);
}

TEST_F(SigningLedgerTest, TellsForHowLongTheStoreHasNotTakenWhatKeysSign) {
  Crash crash;
  FaultyKeyStore store(seeded_.store(), crash);
  SigningLedger ledger({.flush_interval = absl::Milliseconds(1), .patience = absl::Seconds(20)}, store);
  EXPECT_EQ(ledger.UnwrittenFor(), absl::ZeroDuration());
  store.refuses_usage = true;
  ledger.Count(meter_, now_, now_);
  // Longer than from one attempt to the next.
  const absl::Duration several = absl::Milliseconds(600);
  while (ledger.UnwrittenFor() < several) std::this_thread::yield();
  store.refuses_usage = false;
  while (ledger.UnwrittenFor() > absl::ZeroDuration()) std::this_thread::yield();
  EXPECT_EQ(Stored().signature_count, 1);
}

TEST_F(SigningLedgerTest, AWriteThatHangsHoldsUpNobodyForLongerThanThePatience) {
  Crash crash;
  FaultyKeyStore store(seeded_.store(), crash);
  std::promise<void> release;
  store.before_usage = [released = release.get_future().share()] { released.wait(); };
  const absl::Duration patience = absl::Milliseconds(500);
  SigningLedger ledger({.flush_interval = absl::Hours(1), .patience = patience}, store);
  EXPECT_EQ(GetReason(ledger.Admit(meter_, now_)), reason::kStoreUnavailable);

  const auto another = std::make_shared<KeyMeter>(another_key_.uid, std::nullopt);
  ledger.Count(another, now_, now_);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(GetReason(ledger.Admit(another, now_)), reason::kStoreUnavailable);
    EXPECT_EQ(GetReason(ledger.Flush()), reason::kStoreUnavailable);
  }
  EXPECT_LT(absl::FromChrono(std::chrono::steady_clock::now() - start), patience);
  EXPECT_GE(ledger.UnwrittenFor(), patience);

  release.set_value();
  while (!ledger.Admit(another, now_).ok()) std::this_thread::yield();
  EXPECT_TRUE(ledger.Admit(meter_, now_).ok());
  EXPECT_EQ(Stored().token_expiry_bound, now_ + kStep);
}

TEST_F(SigningLedgerTest, LosesNoCountOfSeveralThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 2'000; ++n) {
        EXPECT_TRUE(ledger_.Admit(meter_, now_ + absl::Minutes(n)).ok());
        ledger_.Count(meter_, now_, now_ + absl::Minutes(n));
        if (n % 100 == 0) {
          EXPECT_TRUE(ledger_.Flush().ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(ledger_.Flush().ok());
  EXPECT_EQ(Stored().signature_count, 8'000);
  EXPECT_EQ(Stored().latest_token_expiry, now_ + absl::Minutes(1'999));
  EXPECT_GE(*Stored().token_expiry_bound, now_ + absl::Minutes(1'999));
}

}  // namespace
}  // namespace signet::core
