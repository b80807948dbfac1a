#include "hsm/token_provisioner.h"

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/testing/soft_token.h"

namespace signet::hsm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

class TokenProvisionerTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<SoftToken>> token = SoftToken::Create();
    ASSERT_TRUE(token.ok()) << token.status();
    token_ = *std::move(token);
  }

  std::unique_ptr<TokenProvisioner> MakeProvisioner() { return *TokenProvisioner::Create(token_->module_path()); }

  // Generates keys with a Pkcs11Hsm, which is gone again afterwards.
  void GenerateKeys(const std::string& token_label, const Secret& pin, const std::vector<Algorithm>& algorithms) {
    SystemRandom random;
    const absl::StatusOr<std::unique_ptr<Hsm>> hsm =
        Pkcs11Hsm::Create({.module_path = token_->module_path(), .token_label = token_label, .pin = pin, .random = &random});
    ASSERT_TRUE(hsm.ok()) << hsm.status();
    for (const Algorithm algorithm : algorithms) {
      const std::string label = "signet/test/" + std::string(GetAlgorithmInfo(algorithm).name);
      ASSERT_TRUE((*hsm)->GenerateKey({random.Bytes(kKeyIdSize), label, algorithm}).ok());
    }
  }

  std::unique_ptr<SoftToken> token_;
};

TEST_F(TokenProvisionerTest, ListsInitialisedAndEmptyTokens) {
  const absl::StatusOr<std::vector<TokenInfo>> tokens = MakeProvisioner()->ListTokens();
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_THAT(*tokens, UnorderedElementsAre(AllOf(Field(&TokenInfo::label, token_->label()), Field(&TokenInfo::initialized, true),
                                                  Field(&TokenInfo::user_pin_set, true), Field(&TokenInfo::model, "SoftHSM v2")),
                                            Field(&TokenInfo::initialized, false)));
}

TEST_F(TokenProvisionerTest, InitialisesATokenThatTheHsmThenUses) {
  const Secret pin("271828");
  {
    const std::unique_ptr<TokenProvisioner> provisioner = MakeProvisioner();
    const absl::Status status = provisioner->InitializeToken("new token", Secret("31415926"), pin);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_THAT(*provisioner->ListTokens(),
                testing::Contains(AllOf(Field(&TokenInfo::label, "new token"), Field(&TokenInfo::user_pin_set, true))));
  }
  GenerateKeys("new token", pin, {Algorithm::kEs256});
  EXPECT_THAT(*MakeProvisioner()->ListPrivateKeyLabels("new token", pin), ElementsAre("signet/test/ES256"));
}

TEST_F(TokenProvisionerTest, RefusesALabelThatATokenHas) {
  ExpectError(MakeProvisioner()->InitializeToken(token_->label(), Secret("31415926"), Secret("271828")),
              absl::StatusCode::kAlreadyExists, "INVALID_FIELD");
}

TEST_F(TokenProvisionerTest, RefusesALabelThatNoTokenCanHave) {
  for (const std::string& label : {std::string(), std::string(33, 'x'), std::string("blank ")}) {
    ExpectError(MakeProvisioner()->InitializeToken(label, Secret("31415926"), Secret("271828")), absl::StatusCode::kInvalidArgument,
                "INVALID_FIELD");
  }
}

TEST_F(TokenProvisionerTest, RefusesAPinThatTheTokenDoesNotTake) {
  ExpectError(MakeProvisioner()->InitializeToken("new token", Secret("1"), Secret("271828")), absl::StatusCode::kFailedPrecondition,
              "HSM_PIN_REFUSED");
  ExpectError(MakeProvisioner()->InitializeToken("new token", Secret("31415926"), Secret("1")),
              absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
}

TEST_F(TokenProvisionerTest, ListsTheLabelsOfPrivateKeys) {
  EXPECT_THAT(*MakeProvisioner()->ListPrivateKeyLabels(token_->label(), token_->user_pin()), IsEmpty());
  GenerateKeys(token_->label(), token_->user_pin(), {Algorithm::kEs256, Algorithm::kPs256With2048});
  EXPECT_THAT(*MakeProvisioner()->ListPrivateKeyLabels(token_->label(), token_->user_pin()),
              UnorderedElementsAre("signet/test/ES256", "signet/test/PS256_2048"));
}

TEST_F(TokenProvisionerTest, SaysThatItCannotListATokenWithAnEd25519Key) {
  GenerateKeys(token_->label(), token_->user_pin(), {Algorithm::kEs256, Algorithm::kEd25519});
  ExpectError(MakeProvisioner()->ListPrivateKeyLabels(token_->label(), token_->user_pin()).status(),
              absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED");
}

TEST_F(TokenProvisionerTest, RefusesAWrongPinAndAnUnknownToken) {
  ExpectError(MakeProvisioner()->ListPrivateKeyLabels(token_->label(), Secret("000000")).status(),
              absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
  ExpectError(MakeProvisioner()->ListPrivateKeyLabels("unknown", token_->user_pin()).status(), absl::StatusCode::kNotFound,
              "INVALID_FIELD");
}

TEST_F(TokenProvisionerTest, RefusesWhatIsNoModule) {
  ExpectError(TokenProvisioner::Create("/no/such/module.so").status(), absl::StatusCode::kNotFound, "INVALID_FIELD");
  ExpectError(TokenProvisioner::Create(token_->config_path()).status(), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
  ExpectError(TokenProvisioner::Create("libsofthsm2.so").status(), absl::StatusCode::kInvalidArgument, "INVALID_FIELD");
}

}  // namespace
}  // namespace signet::hsm
