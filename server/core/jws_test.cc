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

// The text of RFC 7520 section 4, which is no JSON.
constexpr char kRfc7520Payload[] =
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb2"
    "4ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

TEST(SplitCompactJws, LeavesTheExampleOfRfc7520Section42Verifiable) {
  const auto key =
      hsm::PublicKey::FromRsa(hsm::Algorithm::kPs384With2048,
                              Bytes("n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_"
                                    "AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-"
                                    "OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_"
                                    "vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw"),
                              Bytes("AQAB"));
  ASSERT_TRUE(key.ok()) << key.status();
  ExpectVerifies(
      absl::StrCat("eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.", kRfc7520Payload,
                   ".cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_"
                   "1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_"
                   "ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_"
                   "jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw"),
      R"({"alg":"PS384","kid":"bilbo.baggins@hobbiton.example"})", *key);
}

TEST(SplitCompactJws, LeavesTheExampleOfRfc7520Section43Verifiable) {
  const auto key = hsm::PublicKey::FromEcPoint(
      hsm::Algorithm::kEs512,
      absl::StrCat("\x04", Bytes("AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt"),
                   Bytes("AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1")));
  ASSERT_TRUE(key.ok()) << key.status();
  ExpectVerifies(absl::StrCat("eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.", kRfc7520Payload,
                              ".AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_"
                              "u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2"),
                 R"({"alg":"ES512","kid":"bilbo.baggins@hobbiton.example"})", *key);
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

TEST(ParseJwsHeader, ReadsAlgorithmKeyIdAndType) {
  const auto header = ParseJwsHeader(R"({"typ":"JWT","kid":"k","alg":"ES256","cty":"x"})");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->alg, "ES256");
  EXPECT_EQ(header->kid, "k");
  EXPECT_EQ(header->typ, "JWT");
  const auto least = ParseJwsHeader(R"({"alg":"ES256"})");
  ASSERT_TRUE(least.ok()) << least.status();
  EXPECT_EQ(least->kid, std::nullopt);
  EXPECT_EQ(least->typ, "");
}

TEST(ParseJwsHeader, NeverUsesAKeyThatTheHeaderBringsAlong) {
  EXPECT_TRUE(ParseJwsHeader(R"({"alg":"ES256","kid":"k","jwk":{},"jku":"https://evil.example","x5u":"x","x5c":[1]})").ok());
}

TEST(ParseJwsHeader, RefusesAHeaderOfAnotherForm) {
  for (const char* header :
       {"", "[]", "{}", R"({"kid":"k"})", R"({"alg":1,"kid":"k"})", R"({"alg":"ES256","kid":1})", R"({"alg":null,"kid":"k"})",
        R"({"alg":"ES256","kid":"k","typ":1})", R"({"alg":"ES256","alg":"none","kid":"k"})",
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

TEST(IsType, TakesTheMediaTypeInBothItsFormsRegardlessOfCase) {
  for (const char* typ : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"})
    EXPECT_TRUE(IsType(typ, "at+jwt")) << typ;
  for (const char* typ :
       {"", "JWT", "jwt", "at+jwt ", "application/", "application/application/at+jwt", "text/at+jwt", "xat+jwt"}) {
    EXPECT_FALSE(IsType(typ, "at+jwt")) << typ;
  }
}

TEST(EncodeJwtHeader, IsBase64UrlOfAFixedOrderOfMembers) {
  EXPECT_EQ(Bytes(EncodeJwtHeader("ES256", "k-1", kJwtType)), R"({"alg":"ES256","kid":"k-1","typ":"JWT"})");
  EXPECT_EQ(Bytes(EncodeJwtHeader("ES256", "k\"1", kAccessTokenType)), R"({"alg":"ES256","kid":"k\"1","typ":"at+jwt"})");
}

}  // namespace
}  // namespace signet::core
