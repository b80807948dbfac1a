// What Pkcs11Hsm does when a new session and a new login do not help: tokens that go away and come back, modules that have to be
// initialised anew, calls that hang.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "hsm/testing/pkcs11_hsm_fixture.h"

namespace signet::hsm {
namespace {

TEST_F(Pkcs11HsmTest, AVanishedTokenDirectoryIsUnavailableAndCrashesNothing) {
  const KeySpec spec = Generate();
  const KeySpec unsigned_yet = Generate();
  ASSERT_TRUE(Signs(spec));
  ASSERT_GT(std::filesystem::remove_all(bed_->token().token_directory()), 0u);
  for (int i = 0; i < 3; ++i) {
    for (const absl::Status& status : {signer_->Sign(spec, kDigest).status(), signer_->Sign(unsigned_yet, kDigest).status(),
                                       hsm().CreateSigner()->Sign(spec, kDigest).status(), hsm().CheckHealth(),
                                       hsm().GenerateKey({std::string(kKeyIdSize, 'n'), "signet/test", Algorithm::kEs256}).status(),
                                       hsm().ProveKey(spec).status(), hsm().DestroyKey(spec.id), hsm().ListKeys("").status()}) {
      ExpectError(status, absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    }
  }
}

TEST_F(Pkcs11HsmTest, ATokenDirectoryThatComesBackIsRecoveredByItself) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  const std::filesystem::path away = bed_->token().token_directory() + "-away";
  std::filesystem::rename(bed_->token().token_directory(), away);
  ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  std::filesystem::rename(away, bed_->token().token_directory());
  while (hsm().GetStatistics().recoveries == 0) std::this_thread::yield();
  EXPECT_TRUE(hsm().CheckHealth().ok());
  EXPECT_TRUE(Signs(spec));
  EXPECT_GT(hsm().GetStatistics().failed_recoveries, 0u);
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 2);
}

TEST_F(Pkcs11HsmTest, ATokenDirectoryThatComesAndGoesUnderLoadIsNeverTakenForARefusedPin) {
  const KeySpec spec = Generate();
  const PublicKey key = *hsm().ProveKey(spec);
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const std::unique_ptr<Signer> signer = hsm().CreateSigner();
      while (!over) {
        const absl::StatusOr<std::string> signature = signer->Sign(spec, kDigest);
        if (signature.ok() ? key.VerifyDigest(kDigest, *signature).ok()
                           : absl::IsUnavailable(signature.status()) || absl::IsNotFound(signature.status())) {
          continue;
        }
        ++wrong;
        ADD_FAILURE() << signature.status();
        return;
      }
    });
  }
  const std::filesystem::path away = bed_->token().token_directory() + "-away";
  for (int i = 0; i < 4; ++i) {
    std::filesystem::rename(bed_->token().token_directory(), away);
    const uint64_t failures = hsm().GetStatistics().failed_recoveries;
    while (wrong == 0 && hsm().GetStatistics().failed_recoveries == failures) std::this_thread::yield();
    std::filesystem::rename(away, bed_->token().token_directory());
    while (wrong == 0 && !hsm().CheckHealth().ok()) std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Signs(spec));
}

TEST_F(Pkcs11HsmTest, AModuleThatWasFinalisedIsInitialisedAndTheSameCallSigns) {
  const KeySpec spec = Generate();
  ASSERT_TRUE(Signs(spec));
  ASSERT_EQ(token().C_Finalize(nullptr), CKR_OK);
  EXPECT_TRUE(Signs(spec));
  EXPECT_EQ(hsm().GetStatistics().recoveries, 1u);
}

TEST_F(Pkcs11HsmTest, TheHealthCheckRecoversAnIdleToken) {
  ASSERT_EQ(token().C_Finalize(nullptr), CKR_OK);
  EXPECT_TRUE(hsm().CheckHealth().ok());
  EXPECT_EQ(hsm().GetStatistics().recoveries, 1u);
}

TEST_F(Pkcs11HsmTest, EverySignatureIsRightWhileTheModuleIsInitialisedAnewAgainAndAgain) {
  std::vector<KeySpec> specs;
  std::vector<PublicKey> keys;
  for (int i = 0; i < 4; ++i) {
    specs.push_back(Generate());
    keys.push_back(*hsm().ProveKey(specs.back()));
  }
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::unique_ptr<Signer> signer = hsm().CreateSigner();
      for (size_t i = t; !over; ++i) {
        const absl::StatusOr<std::string> signature = signer->Sign(specs[i % 4], kDigest);
        if (signature.ok() ? !keys[i % 4].VerifyDigest(kDigest, *signature).ok() : !absl::IsUnavailable(signature.status()))
          ++wrong;
      }
    });
  }
  for (uint64_t restarts = 1; restarts <= 5; ++restarts) {
    shim().Break();
    while (hsm().GetStatistics().recoveries < restarts) std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(Signs(specs[0]));
}

TEST_F(Pkcs11HsmTest, ATokenThatSaysThatAllIsWellAndDoesNotSignIsRecovered) {
  const KeySpec spec = Generate();
  shim().Fail(ShimFunction::kSign, CKR_GENERAL_ERROR, 1000);
  while (hsm().GetStatistics().recoveries == 0) {
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  }
  shim().Fail(ShimFunction::kSign, CKR_OK, 0);
  EXPECT_TRUE(Signs(spec));
}

TEST_F(Pkcs11HsmTest, ACallThatHangsKeepsTheModuleFromRecoveryButNobodyWaiting) {
  const KeySpec spec = Generate();
  std::promise<void> hang;
  shim().HangSign(hang.get_future().share());
  std::thread hung([&] { EXPECT_TRUE(absl::IsUnavailable(hsm().CreateSigner()->Sign(spec, kDigest).status())); });
  shim().AwaitHungSign();
  shim().Break();
  for (int i = 0; i < 3; ++i) {
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    ExpectError(hsm().CheckHealth(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
  }
  EXPECT_EQ(hsm().GetStatistics().recoveries, 0u);
  hang.set_value();
  hung.join();
  while (hsm().GetStatistics().recoveries == 0) std::this_thread::yield();
  EXPECT_TRUE(Signs(spec));
}

TEST_F(Pkcs11HsmTest, ACallThatHangsWhileAKeyIsMadeKeepsNobodyWaitingForASearch) {
  const KeySpec known = Generate();
  const KeySpec unknown = {std::string(kKeyIdSize, 'u'), "signet/test", Algorithm::kEs256};
  ASSERT_TRUE(Signs(known));
  std::promise<void> hang;
  shim().HangSign(hang.get_future().share());
  std::thread making([&] { Generate(); });
  shim().AwaitHungSign();
  EXPECT_TRUE(signer_->Sign(known, kDigest).ok());
  // Once the call has taken longer than any that does not hang, nobody waits for it any more.
  absl::Duration took = absl::InfiniteDuration();
  for (int i = 0; i < 8 && took > absl::Seconds(1); ++i) {
    const auto start = std::chrono::steady_clock::now();
    ExpectError(signer_->Sign(unknown, kDigest).status(), absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
    took = absl::FromChrono(std::chrono::steady_clock::now() - start);
    EXPECT_LT(took, absl::Seconds(4)) << "it waited twice";
  }
  EXPECT_LT(took, absl::Seconds(1));
  EXPECT_TRUE(signer_->Sign(known, kDigest).ok());
  EXPECT_EQ(hsm().GetStatistics().recoveries, 0u);
  hang.set_value();
  making.join();
  EXPECT_TRUE(absl::IsNotFound(signer_->Sign(unknown, kDigest).status()));
}

TEST_F(Pkcs11HsmTest, ARecoveryEndsWhereThePinIsRefused) {
  const KeySpec spec = Generate();
  shim().Fail(ShimFunction::kLogin, CKR_PIN_INCORRECT);
  shim().Break();
  for (int i = 0; i < 3; ++i) {
    ExpectError(signer_->Sign(spec, kDigest).status(), absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
    ExpectError(hsm().CheckHealth(), absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
  }
  EXPECT_EQ(shim().Calls(ShimFunction::kLogin), 2);
}

TEST_F(Pkcs11HsmTest, CountsTheSessionsThatAreOpen) {
  const KeySpec spec = Generate();
  EXPECT_EQ(hsm().GetStatistics().open_sessions, 1) << "the one that keeps the login alive";
  ASSERT_TRUE(signer_->Sign(spec, kDigest).ok());
  EXPECT_EQ(hsm().GetStatistics().open_sessions, 2);
  signer_.reset();
  EXPECT_EQ(hsm().GetStatistics().open_sessions, 1);
}

}  // namespace
}  // namespace signet::hsm
