#ifndef SIGNET_HSM_SHIMMED_TOKEN_FIXTURE_H_
#define SIGNET_HSM_SHIMMED_TOKEN_FIXTURE_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "hsm/pkcs11_token.h"
#include "hsm/testing/cryptoki_shim.h"
#include "hsm/testing/soft_token.h"

namespace signet::hsm {

// ShimmedTokenFixture has a new SoftHSM token behind a shim, and is logged in.
class ShimmedTokenFixture : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<SoftToken>> soft_token = SoftToken::Create();
    ASSERT_TRUE(soft_token.ok()) << soft_token.status();
    soft_token_ = *std::move(soft_token);
    absl::StatusOr<std::unique_ptr<Pkcs11Token>> token =
        Pkcs11Token::Open(shim_.module_path(), "", soft_token_->label(), soft_token_->user_pin());
    ASSERT_TRUE(token.ok()) << token.status();
    token_ = *std::move(token);
  }

  std::unique_ptr<SoftToken> soft_token_;
  CryptokiShim shim_;
  std::unique_ptr<Pkcs11Token> token_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SHIMMED_TOKEN_FIXTURE_H_
