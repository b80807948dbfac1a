// What VerifyToken refuses; each case begins with a good token.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

class BadTokenTest : public BackendTest {
 protected:
  void SetUp() override {
    MakeEnabledKey();
    token_ = MakeToken(R"({"sub":"alice","aud":"api"})");
    parts_ = absl::StrSplit(token_, '.');
    ASSERT_EQ(Verify(token_).outcome(), "OK");
  }
  std::string Join() const { return absl::StrCat(parts_[0], ".", parts_[1], ".", parts_[2]); }
  std::string HeaderWith(const std::string& from, const std::string& to) const {
    return Base64UrlEncode(absl::StrReplaceAll(*Base64UrlDecode(parts_[0]), {{from, to}}));
  }

  std::string token_;
  std::vector<std::string> parts_;
};

INSTANTIATE_TEST_SUITE_P(Backends, BadTokenTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(BadTokenTest, ATamperedTokenIsRefused) {
  parts_[1] = Base64UrlEncode(absl::StrReplaceAll(*Base64UrlDecode(parts_[1]), {{"alice", "malon"}}));
  EXPECT_EQ(Verify(Join()).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
}

TEST_P(BadTokenTest, AnExpiredTokenIsRefused) {
  server_.clock().Advance(absl::Hours(1));
  EXPECT_EQ(Verify(token_).outcome(), "INVALID_ARGUMENT TOKEN_EXPIRED");
}

TEST_P(BadTokenTest, ATokenWithoutOrWithAnotherAlgorithmIsRefused) {
  for (const char* algorithm : {"none", "None", "HS256", "RS256", "ES384", ""}) {
    std::vector<std::string> parts = parts_;
    parts[0] = HeaderWith("ES256", algorithm);
    EXPECT_EQ(Verify(absl::StrCat(parts[0], ".", parts[1], ".", parts[2])).outcome(), "INVALID_ARGUMENT TOKEN_ALGORITHM")
        << algorithm;
  }
  EXPECT_NE(Verify(absl::StrCat(HeaderWith("ES256", "none"), ".", parts_[1], ".")).outcome(), "OK");
}

TEST_P(BadTokenTest, AForeignKidIsRefused) {
  parts_[0] = Base64UrlEncode(R"({"alg":"ES256","kid":"foreign","typ":"JWT"})");
  EXPECT_EQ(Verify(Join()).outcome(), "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN");
}

TEST_P(BadTokenTest, ATokenOfAnotherTenantIsRefused) {
  MakeTenant("other");
  EXPECT_EQ(Verify(token_, "tenants/other").outcome(), "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN");
}

TEST_P(BadTokenTest, ATruncatedTokenIsRefused) {
  for (const size_t length : {token_.size() - 1, token_.size() - 50, parts_[0].size(), size_t{1}}) {
    EXPECT_THAT(Verify(token_.substr(0, length)).outcome(),
                ::testing::AnyOf("INVALID_ARGUMENT TOKEN_MALFORMED", "INVALID_ARGUMENT TOKEN_SIGNATURE"))
        << length;
  }
}

TEST_P(BadTokenTest, WhatIsNoTokenIsMalformed) {
  for (const std::string& token : {std::string("x"), std::string(".."), std::string("a.b.c"), token_ + ".x", " " + token_,
                                   token_ + "\n", std::string(128 * 1024 + 1, 'a')}) {
    EXPECT_EQ(Verify(token).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED") << token.substr(0, 20);
  }
}

TEST_P(BadTokenTest, ATokenForAnotherAudienceIsRefused) {
  v1::VerifyTokenRequest request;
  request.set_parent(kTenant);
  request.set_token(token_);
  request.set_audience("api");
  EXPECT_EQ(Call(&KeyStub::VerifyToken, request).outcome(), "OK");
  request.set_audience("other");
  EXPECT_EQ(Call(&KeyStub::VerifyToken, request).outcome(), "INVALID_ARGUMENT TOKEN_AUDIENCE");
}

TEST_P(BadTokenTest, ATokenOfAFormerIssuerIsRefused) {
  ASSERT_EQ(Call(&TenantStub::UpdateTenant,
                 FromText<v1::UpdateTenantRequest>("tenant { name: 'tenants/acme' issuer: 'https://new.example' }"))
                .outcome(),
            "OK");
  EXPECT_EQ(Verify(token_).outcome(), "INVALID_ARGUMENT TOKEN_ISSUER");
}

}  // namespace
}  // namespace signet::testing
