// What VerifyToken refuses; each case begins with a good token.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
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
  static std::string Join(const std::string& header, const std::string& payload, const std::string& signature) {
    return absl::StrCat(header, ".", payload, ".", signature);
  }
  // The token without its last characters.
  std::string CutToken(size_t count) const { return token_.substr(0, token_.size() - count); }
  std::string HeaderWith(const std::string& from, const std::string& to) const {
    return Base64UrlEncode(absl::StrReplaceAll(*Base64UrlDecode(parts_[0]), {{from, to}}));
  }

  std::string token_;
  std::vector<std::string> parts_;
};

INSTANTIATE_TEST_SUITE_P(Backends, BadTokenTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(BadTokenTest, ATokenWithTamperedClaimsIsRefused) {
  const std::string payload = Base64UrlEncode(absl::StrReplaceAll(*Base64UrlDecode(parts_[1]), {{"alice", "malon"}}));
  ASSERT_NE(payload, parts_[1]);
  EXPECT_EQ(Verify(Join(parts_[0], payload, parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
}

TEST_P(BadTokenTest, ATokenWithATamperedHeaderIsRefused) {
  EXPECT_EQ(Verify(Join(HeaderWith("\"JWT\"", "\"jwt\""), parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
}

TEST_P(BadTokenTest, ATokenWithATamperedSignatureIsRefused) {
  std::string signature = *Base64UrlDecode(parts_[2]);
  signature[40] ^= 1;
  EXPECT_EQ(Verify(Join(parts_[0], parts_[1], Base64UrlEncode(signature))).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
}

TEST_P(BadTokenTest, AnExpiredTokenIsRefused) {
  server_.clock().Advance(absl::Hours(1));
  EXPECT_EQ(Verify(token_).outcome(), "INVALID_ARGUMENT TOKEN_EXPIRED");
}

TEST_P(BadTokenTest, ATokenOfAlgorithmNoneIsRefusedWithItsSignature) {
  for (const char* none : {"none", "None", "NONE"}) {
    EXPECT_EQ(Verify(Join(HeaderWith("ES256", none), parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_ALGORITHM") << none;
  }
}

TEST_P(BadTokenTest, ATokenOfAlgorithmNoneIsRefusedWithTheEmptySignature) {
  EXPECT_EQ(Verify(Join(HeaderWith("ES256", "none"), parts_[1], "")).outcome(), "INVALID_ARGUMENT TOKEN_ALGORITHM");
}

TEST_P(BadTokenTest, ATokenWhoseAlgorithmWasSwappedIsRefused) {
  for (const char* algorithm : {"HS256", "RS256", "ES384", "EdDSA", "es256", ""}) {
    EXPECT_EQ(Verify(Join(HeaderWith("ES256", algorithm), parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_ALGORITHM")
        << algorithm;
  }
}

TEST_P(BadTokenTest, AForeignKidIsRefused) {
  const std::string header = Base64UrlEncode(R"({"alg":"ES256","kid":"foreign","typ":"JWT"})");
  EXPECT_EQ(Verify(Join(header, parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN");
}

TEST_P(BadTokenTest, ATokenOfAnotherTenantIsRefused) {
  MakeTenant("other");
  EXPECT_EQ(Verify(token_, "tenants/other").outcome(), "INVALID_ARGUMENT TOKEN_KEY_UNKNOWN");
}

TEST_P(BadTokenTest, ATokenCutWithinItsSignatureIsRefused) {
  ASSERT_EQ(parts_[2].size(), 86u);  // 64 bytes.
  // 85 characters of base64url are the text of no bytes, 84 of 63, and 0 of none.
  EXPECT_EQ(Verify(CutToken(1)).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED");
  EXPECT_EQ(Verify(CutToken(2)).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
  EXPECT_EQ(Verify(CutToken(86)).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
}

TEST_P(BadTokenTest, ATokenCutBeforeItsSignatureIsMalformed) {
  for (const std::string& token : {absl::StrCat(parts_[0], ".", parts_[1]), absl::StrCat(parts_[0], ".", parts_[1].substr(0, 8)),
                                   absl::StrCat(parts_[0], "."), parts_[0], parts_[0].substr(0, 8), token_.substr(0, 1)}) {
    EXPECT_EQ(Verify(token).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED") << token;
  }
}

TEST_P(BadTokenTest, ATokenWithACutHeaderIsMalformed) {
  EXPECT_EQ(Verify(Join(parts_[0].substr(4), parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED");
  EXPECT_EQ(Verify(Join(parts_[0].substr(0, 8), parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED");
  EXPECT_EQ(Verify(Join("", parts_[1], parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_MALFORMED");
}

TEST_P(BadTokenTest, ATokenWithACutPayloadIsRefusedByItsSignature) {
  EXPECT_EQ(Verify(Join(parts_[0], parts_[1].substr(0, 8), parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
  EXPECT_EQ(Verify(Join(parts_[0], "", parts_[2])).outcome(), "INVALID_ARGUMENT TOKEN_SIGNATURE");
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
