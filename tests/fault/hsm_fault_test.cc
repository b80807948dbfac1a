// An HSM that restarts, fails, hangs, refuses its PIN and signs wrongly, under load, on the real binary.
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/faulty_server.h"
#include "tests/fault/signing_load.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* signetd_path;
std::string* module_path;

constexpr char kJwks[] = "/t/dev/.well-known/jwks.json";

class HsmFaultTest : public ::testing::Test {
 protected:
  HsmFaultTest() { faulty_.MakeNewKey(); }

  DevServer& server() { return faulty_.server(); }
  absl::Status SignOne() {
    v1::SignTokenRequest sign;
    sign.set_key_ring("tenants/dev/keyRings/access-token");
    return faulty_.client().Call(&v1::KeyService::Stub::SignToken, sign).status();
  }

  FaultyServer faulty_{*signetd_path, *module_path};
};

TEST_F(HsmFaultTest, TwentyRestartsUnderLoadCostNoMoreThanRepetitions) {
  SigningLoad load(server());
  load.AwaitGood(50);
  for (int i = 0; i < 20; ++i) {
    faulty_.SetFaults("C_Sign restart count=1\n");
    load.AwaitGood(100);
    EXPECT_EQ(faulty_.Restarts(), i + 1);
  }
  load.Stop();
  EXPECT_EQ(faulty_.Status("/readyz"), "200");
  EXPECT_EQ(server().Stop(), 0) << server().log();
}

TEST_F(HsmFaultTest, OneCallInAHundredThatFailsIsRepeated) {
  SigningLoad load(server());
  faulty_.SetFaults(
      "C_Sign error CKR_DEVICE_ERROR p=0.003\nC_Sign error CKR_GENERAL_ERROR p=0.003\n"
      "C_Sign error CKR_SESSION_HANDLE_INVALID p=0.002\nC_Sign error CKR_OBJECT_HANDLE_INVALID p=0.002\n"
      "C_SignInit error CKR_DEVICE_ERROR p=0.005\nC_SignInit error CKR_KEY_HANDLE_INVALID p=0.005\n"
      "C_OpenSession error CKR_SESSION_COUNT p=0.01\nC_CloseSession error CKR_DEVICE_ERROR p=0.01\n"
      "C_GetSessionInfo error CKR_SESSION_CLOSED p=0.01\nC_GetTokenInfo error CKR_TOKEN_NOT_PRESENT p=0.01\n"
      "C_FindObjectsInit error CKR_DEVICE_ERROR p=0.01\nC_FindObjects error CKR_DEVICE_ERROR p=0.01\n"
      "C_Login error CKR_DEVICE_ERROR p=0.01\nC_GetAttributeValue error CKR_FUNCTION_FAILED p=0.01\n");
  load.AwaitGood(3000);
  EXPECT_LT(load.lost(), load.good() / 10);
  faulty_.SetFaults("");
  load.AwaitGood(100);
  load.Stop();
  EXPECT_TRUE(faulty_.AwaitStatus("/readyz", "200"));
  EXPECT_EQ(server().Stop(), 0) << server().log();
}

TEST_F(HsmFaultTest, CallsThatHangAreGivenUpAndOthersGoOnUntilTheyReturn) {
  SigningLoad load(server());
  load.AwaitGood(20);
  faulty_.SetFaults("C_Sign hang count=3\n");
  ASSERT_TRUE(faulty_.AwaitStatus("/readyz", "503"));
  load.AwaitGood(100);
  EXPECT_GE(faulty_.Metric("signet_hsm_hung_calls_total{queue=\"signing\"}"), 1);
  EXPECT_GE(faulty_.Metric("signet_hsm_abandoned_workers{queue=\"signing\"}"), 1);
  EXPECT_THAT(faulty_.Body("/readyz"), HasSubstr("hsm"));
  EXPECT_EQ(faulty_.Status("/livez"), "200");
  EXPECT_EQ(faulty_.Status(kJwks), "200");
  faulty_.SetFaults("");
  EXPECT_TRUE(faulty_.AwaitStatus("/readyz", "200"));
  EXPECT_EQ(faulty_.Metric("signet_hsm_abandoned_workers{queue=\"signing\"}"), 0);
  load.AwaitGood(100);
  load.Stop();
  EXPECT_EQ(server().Stop(), 0) << server().log();
}

TEST_F(HsmFaultTest, AnHsmThatHangsAltogetherIsSaidToBeUnavailableAndSignsAgainWhenItReturns) {
  SigningLoad load(server());
  load.AwaitGood(20);
  faulty_.SetFaults("C_Sign hang\n");
  load.AwaitLost(2);
  ASSERT_TRUE(faulty_.AwaitStatus("/readyz", "503"));
  const int jwks = load.jwks();
  EXPECT_EQ(faulty_.Status(kJwks), "200");
  v1::ListKeysRequest list;
  list.set_parent("tenants/dev/keyRings/access-token");
  EXPECT_TRUE(faulty_.client().Call(&v1::KeyService::Stub::ListKeys, list).ok());
  faulty_.SetFaults("");
  load.AwaitGood(200);
  EXPECT_GT(load.jwks(), jwks);
  EXPECT_TRUE(faulty_.AwaitStatus("/readyz", "200"));
  load.Stop();
  EXPECT_EQ(server().Stop(), 0) << server().log();
}

TEST_F(HsmFaultTest, CallsThatNeverReturnDoNotKeepTheServerFromEnding) {
  faulty_.SetFaults("C_Sign hang\n");
  EXPECT_TRUE(absl::IsUnavailable(SignOne()));
  EXPECT_EQ(server().Stop(), 1);
  EXPECT_THAT(server().log(), HasSubstr("calls hang in the HSM"));
}

TEST_F(HsmFaultTest, AFinalisationThatHangsIsWaitedForByNobody) {
  SigningLoad load(server());
  load.AwaitGood(20);
  faulty_.SetFaults("C_Finalize hang\nC_Sign error CKR_DEVICE_ERROR\nC_GetTokenInfo error CKR_DEVICE_ERROR\n");
  // Many: so each is told soon, and not when a time-out has passed.
  load.AwaitLost(100);
  EXPECT_EQ(faulty_.Status(kJwks), "200");
  faulty_.SetFaults("");
  load.AwaitGood(100);
  load.Stop();
  EXPECT_TRUE(faulty_.AwaitStatus("/readyz", "200"));
  EXPECT_EQ(server().Stop(), 0) << server().log();
}

TEST_F(HsmFaultTest, ARefusedPinIsTriedOnceAndSigningNotServingUntilARestart) {
  SigningLoad load(server());
  load.AwaitGood(20);
  faulty_.SetFaults("C_Login error CKR_PIN_INCORRECT count=1\nC_Sign restart count=1\n");
  ASSERT_TRUE(faulty_.AwaitStatus("/readyz", "503"));
  load.AwaitLost(50);
  const int good = load.good();
  load.AwaitLost(50);
  EXPECT_EQ(load.good(), good) << "it has not tried the PIN again, which the HSM would take by now";
  EXPECT_EQ(faulty_.Status(kJwks), "200");
  EXPECT_EQ(GetReason(SignOne()), "HSM_PIN_REFUSED");
  load.Stop();
  EXPECT_EQ(server().Stop(), 0) << server().log();
}

TEST_F(HsmFaultTest, AFlippedBitIsAnErrorAndNeverASignature) {
  faulty_.SetFaults("C_Sign flip\n");
  for (int i = 0; i < 5; ++i) {
    const absl::Status status = SignOne();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(GetReason(status), "HSM_WRONG_SIGNATURE");
  }
  EXPECT_EQ(faulty_.Metric("signet_wrong_signatures_total"), 10) << "each was tried twice";
  faulty_.SetFaults("");
  SigningLoad load(server());
  load.AwaitGood(100);
  EXPECT_EQ(load.lost(), 0);
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  signet::testing::module_path = new std::string(std::filesystem::absolute(argv[2]));
  return RUN_ALL_TESTS();
}
