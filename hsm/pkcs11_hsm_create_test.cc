// What Pkcs11Hsm::Create says of a module or a token that it cannot use.
#include <fstream>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/testing/cryptoki_shim.h"
#include "hsm/testing/soft_token.h"

namespace signet::hsm {
namespace {

class Pkcs11HsmCreate : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<SoftToken>> token = SoftToken::Create();
    ASSERT_TRUE(token.ok()) << token.status();
    token_ = *std::move(token);
    options_ = {
        .module_path = token_->module_path(), .token_label = token_->label(), .pin = token_->user_pin(), .random = &random_};
  }

  void ExpectError(absl::StatusCode code, absl::string_view reason, absl::string_view field = "") {
    const absl::Status status = Pkcs11Hsm::Create(options_).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(GetReason(status), reason) << status;
    EXPECT_EQ(GetErrorDetail(status)->metadata["field"], field);
  }

  SystemRandom random_;
  std::unique_ptr<SoftToken> token_;
  Pkcs11HsmOptions options_;
};

TEST_F(Pkcs11HsmCreate, SucceedsAndCanBeRepeatedOnceTheFirstIsGone) {
  for (int i = 0; i < 3; ++i) {
    const absl::StatusOr<std::unique_ptr<Hsm>> hsm = Pkcs11Hsm::Create(options_);
    ASSERT_TRUE(hsm.ok()) << hsm.status();
  }
}

TEST_F(Pkcs11HsmCreate, AMissingModuleIsNotFound) {
  options_.module_path = token_->token_directory() + "/no-module.so";
  ExpectError(absl::StatusCode::kNotFound, "INVALID_FIELD", "module_path");
}

TEST_F(Pkcs11HsmCreate, AFileThatIsNoModuleIsRefused) {
  options_.module_path = token_->config_path();
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "module_path");
  options_.module_path = token_->token_directory();
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "module_path");
}

TEST_F(Pkcs11HsmCreate, ALibraryThatIsNoModuleIsRefused) {
  options_.module_path = "/lib/x86_64-linux-gnu/libz.so.1";
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "module_path");
}

TEST_F(Pkcs11HsmCreate, ARelativeModulePathIsRefused) {
  options_.module_path = "libsofthsm2.so";
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "module_path");
}

TEST_F(Pkcs11HsmCreate, AnUnknownTokenLabelIsNotFound) {
  options_.token_label = "signet-tes";
  ExpectError(absl::StatusCode::kNotFound, "INVALID_FIELD", "token_label");
}

TEST_F(Pkcs11HsmCreate, ALabelThatNoTokenCanHaveIsRefused) {
  options_.token_label = "";
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "token_label");
  options_.token_label = std::string(33, 'x');
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "token_label");
}

TEST_F(Pkcs11HsmCreate, ALabelThatTwoTokensHaveIsRefused) {
  ASSERT_TRUE(token_->AddToken(token_->label()).ok());
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "token_label");
}

TEST_F(Pkcs11HsmCreate, AnotherTokenBesideItDoesNotMatter) {
  ASSERT_TRUE(token_->AddToken("another").ok());
  EXPECT_TRUE(Pkcs11Hsm::Create(options_).ok());
}

TEST_F(Pkcs11HsmCreate, AnEmptyPinIsRefusedWithoutALogin) {
  CryptokiShim shim;
  options_.module_path = shim.module_path();
  options_.pin = Secret();
  ExpectError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "pin");
  EXPECT_EQ(shim.Calls(ShimFunction::kLogin), 0);
}

TEST_F(Pkcs11HsmCreate, AWrongPinIsTriedOnce) {
  CryptokiShim shim;
  options_.module_path = shim.module_path();
  options_.pin = Secret("000000");
  ExpectError(absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
  EXPECT_EQ(shim.Calls(ShimFunction::kLogin), 1);
}

TEST_F(Pkcs11HsmCreate, ALockedPinIsRefused) {
  CryptokiShim shim;
  shim.Fail(ShimFunction::kLogin, CKR_PIN_LOCKED);
  options_.module_path = shim.module_path();
  ExpectError(absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
  EXPECT_EQ(shim.Calls(ShimFunction::kLogin), 1);
}

TEST_F(Pkcs11HsmCreate, ThePinIsNotTriedWhereATryCouldLockTheToken) {
  CryptokiShim shim;
  options_.module_path = shim.module_path();
  for (const CK_FLAGS flag : {CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED, CKF_USER_PIN_TO_BE_CHANGED}) {
    shim.control().token_flags = CKF_USER_PIN_COUNT_LOW | flag;
    ExpectError(absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED");
  }
  EXPECT_EQ(shim.Calls(ShimFunction::kLogin), 0);
}

TEST_F(Pkcs11HsmCreate, AnEarlierWrongTryDoesNotKeepTheRightPinOut) {
  CryptokiShim shim;
  options_.module_path = shim.module_path();
  shim.control().token_flags = CKF_USER_PIN_COUNT_LOW;
  const absl::StatusOr<std::unique_ptr<Hsm>> hsm = Pkcs11Hsm::Create(options_);
  EXPECT_TRUE(hsm.ok()) << hsm.status();
  EXPECT_EQ(shim.Calls(ShimFunction::kLogin), 1);
}

TEST_F(Pkcs11HsmCreate, ATokenThatFailsIsUnavailable) {
  CryptokiShim shim;
  shim.Fail(ShimFunction::kLogin, CKR_DEVICE_ERROR);
  options_.module_path = shim.module_path();
  ExpectError(absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE");
}

TEST_F(Pkcs11HsmCreate, ASecondHsmOnTheSameModuleIsADefect) {
  const absl::StatusOr<std::unique_ptr<Hsm>> hsm = Pkcs11Hsm::Create(options_);
  ASSERT_TRUE(hsm.ok()) << hsm.status();
  ExpectError(absl::StatusCode::kInternal, "DEFECT");
  EXPECT_TRUE((*hsm)->CheckHealth().ok()) << "the first works on";
}

}  // namespace
}  // namespace signet::hsm
