#include "server/core/jws.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "hsm/public_key.h"

namespace signet::core {
namespace {

void ExpectMalformed(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), reason::kTokenMalformed);
}

std::string Bytes(absl::string_view base64url) { return Base64UrlDecode(base64url).value(); }

// Takes `token` apart, expects `header_json`, and checks its signature, and that of the token with its last payload byte changed.
void ExpectVerifies(absl::string_view token, absl::string_view header_json, const hsm::PublicKey& key) {
  const auto jws = SplitCompactJws(token);
  ASSERT_TRUE(jws.ok()) << jws.status();
  EXPECT_EQ(jws->header_json, header_json);
  EXPECT_TRUE(key.VerifyMessage(jws->signing_input, jws->signature).ok());
  std::string tampered(jws->signing_input);
  tampered.back() ^= 1;
  EXPECT_FALSE(key.VerifyMessage(tampered, jws->signature).ok());
}

TEST(SplitCompactJws, LeavesTheExampleOfRfc7515AppendixA2Verifiable) {
  const auto key = hsm::PublicKey::FromRsa(
      hsm::Algorithm::kRs256With2048,
      Bytes(
          "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
          "YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
          "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv"
          "b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
      Bytes("AQAB"));
  ASSERT_TRUE(key.ok()) << key.status();
  ExpectVerifies(
      "eyJhbGciOiJSUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
      "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqv"
      "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
      R"({"alg":"RS256"})", *key);
}

TEST(SplitCompactJws, LeavesTheExampleOfRfc7515AppendixA3Verifiable) {
  const auto key =
      hsm::PublicKey::FromEcPoint(hsm::Algorithm::kEs256, absl::StrCat("\x04", Bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                                                       Bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  ASSERT_TRUE(key.ok()) << key.status();
  ExpectVerifies(
      "eyJhbGciOiJFUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      R"({"alg":"ES256"})", *key);
}

TEST(SplitCompactJws, LeavesTheExampleOfRfc8037AppendixA4Verifiable) {
  const auto key = hsm::PublicKey::FromEd25519(Bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  ASSERT_TRUE(key.ok()) << key.status();
  ExpectVerifies(
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
      ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
      R"({"alg":"EdDSA"})", *key);
}

TEST(SplitCompactJws, TakesAnUnsecuredJwsApartSoThatItsAlgorithmCanBeRefused) {
  // RFC 7515 appendix A.5.
  const auto jws = SplitCompactJws(
      "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.");
  ASSERT_TRUE(jws.ok()) << jws.status();
  EXPECT_EQ(jws->header_json, R"({"alg":"none"})");
  EXPECT_EQ(jws->signature, "");
}

TEST(SplitCompactJws, RefusesWhatIsNotThreePartsOfBase64Url) {
  for (const char* token :
       {"", ".", "e30", "e30.e30", "e30.e30.AA.AA", "e30.e30.AA.", "e30.e30.AA.AA.AA", "e30=.e30.AA", "e30.e30.AA==", " e30.e30.AA",
        "e30.e30.AA\n", "e30. e30.AA", "e31.e30.AA", "e30.e30.AB", "e30.e30.A", "e30.e30.+/", "{}.{}.AA"}) {
    ExpectMalformed(SplitCompactJws(token).status());
  }
  ExpectMalformed(SplitCompactJws(absl::string_view("e30.e30.AA\0", 11)).status());
  ExpectMalformed(SplitCompactJws(std::string(100'000, '.')).status());
}

TEST(ParseJwsHeader, ReadsAlgorithmAndKeyId) {
  const auto header = ParseJwsHeader(R"({"typ":"JWT","kid":"k","alg":"ES256","cty":"x"})");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->alg, "ES256");
  EXPECT_EQ(header->kid, "k");
}

TEST(ParseJwsHeader, NeverUsesAKeyThatTheHeaderBringsAlong) {
  EXPECT_TRUE(ParseJwsHeader(R"({"alg":"ES256","kid":"k","jwk":{},"jku":"https://evil.example","x5u":"x","x5c":[1]})").ok());
}

TEST(ParseJwsHeader, RefusesAHeaderOfAnotherForm) {
  for (const char* header :
       {"", "[]", "{}", R"({"alg":"ES256"})", R"({"kid":"k"})", R"({"alg":1,"kid":"k"})", R"({"alg":"ES256","kid":1})",
        R"({"alg":null,"kid":"k"})", R"({"alg":"ES256","kid":"k","typ":1})", R"({"alg":"ES256","alg":"none","kid":"k"})",
        R"({"alg":"ES256","kid":"k","kid":"l"})", R"({"alg":"ES256","kid":"k"}x)", R"({"alg":["ES256"],"kid":"k"})"}) {
    ExpectMalformed(ParseJwsHeader(header).status());
  }
}

TEST(ParseJwsHeader, RefusesExtensions) {
  for (const char* extension :
       {R"("crit":["exp"])", R"("crit":[])", R"("b64":false)", R"("b64":true)", R"("crit":["b64"],"b64":false)"}) {
    ExpectMalformed(ParseJwsHeader(absl::StrCat(R"({"alg":"ES256","kid":"k",)", extension, "}")).status());
  }
}

TEST(ParseJwsHeader, NeverQuotesTheHeaderInItsErrors) {
  const auto header = ParseJwsHeader(R"({"alg":"ES256","kid":hunter2})");
  EXPECT_FALSE(absl::StrContains(header.status().ToString(), "hunter")) << header.status();
}

TEST(EncodeJwtHeader, IsBase64UrlOfAFixedOrderOfMembers) {
  EXPECT_EQ(Bytes(EncodeJwtHeader("ES256", "k-1")), R"({"alg":"ES256","kid":"k-1","typ":"JWT"})");
  EXPECT_EQ(Bytes(EncodeJwtHeader("ES256", "k\"1")), R"({"alg":"ES256","kid":"k\"1","typ":"JWT"})");
}

}  // namespace
}  // namespace signet::core
