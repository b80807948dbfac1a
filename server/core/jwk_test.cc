#include "server/core/jwk.h"

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

std::string Bytes(absl::string_view base64url) { return Base64UrlDecode(base64url).value(); }

// The keys are the examples of RFC 7515 appendix A and RFC 8037 appendix A.

TEST(ToJwk, WritesAnEcKeyInTheConventionalOrder) {
  const auto key =
      hsm::PublicKey::FromEcPoint(hsm::Algorithm::kEs256, absl::StrCat("\x04", Bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                                                       Bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ToJwk("k1", *key, {}), R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                                   R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig","kid":"k1","alg":"ES256"})");
}

TEST(ToJwk, WritesAnRsaKey) {
  const std::string modulus =
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
      "YpRPEwOW"
      "vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
      "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k"
      "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
  const auto key = hsm::PublicKey::FromRsa(hsm::Algorithm::kPs384With2048, Bytes(modulus), Bytes("AQAB"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ToJwk("k2", *key, {}),
            absl::StrCat(R"({"kty":"RSA","n":")", modulus, R"(","e":"AQAB","use":"sig","kid":"k2","alg":"PS384"})"));
}

TEST(ToJwk, WritesAnEd25519KeyWithTheFullySpecifiedAlgorithm) {
  const auto key = hsm::PublicKey::FromEd25519(Bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(
      ToJwk("k3", *key, {}),
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig","kid":"k3","alg":"Ed25519"})");
}

// RFC 7517 appendix B: standard base64 in x5c, base64url elsewhere. The thumbprints are those of Python's hashlib.
TEST(ToJwk, ShowsTheCertificatesThatTheKeyHas) {
  const auto key = hsm::PublicKey::FromEd25519(Bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  ASSERT_TRUE(key.ok()) << key.status();
  const std::string jwk = ToJwk("k4", *key, {"\xfb\xff first", "second"});
  EXPECT_THAT(jwk, testing::HasSubstr(R"("x5c":["+/8gZmlyc3Q=","c2Vjb25k"])"));
  EXPECT_THAT(jwk, testing::HasSubstr(R"("x5t":"w6hvPUCMOlTpAg5C4t2jqXYv5lY")"));
  EXPECT_THAT(jwk, testing::HasSubstr(R"("x5t#S256":"4qrLyisWA70_OAjmQh0cAovNBZ7M0736qr2kqeQZFjk")"));
}

}  // namespace
}  // namespace signet::core
