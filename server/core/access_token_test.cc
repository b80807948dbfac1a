#include "server/core/access_token.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "server/core/bearer_token.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

constexpr char kThumbprint[] = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";  // RFC 8705 section 3.1, canonical.

class AccessTokenTest : public OAuthTest {
 protected:
  std::string Header(const std::string& typ = "at+jwt", const std::string& more = "") {
    return absl::StrCat(R"({"alg":"ES256","kid":")", KidOf(system_), R"(","typ":")", typ, "\"", more, "}");
  }
  // The claims of a good token, without what `but` says and with `more`.
  static std::string Claims(const std::string& but = "", const std::string& more = "") {
    const auto all = nlohmann::ordered_json::parse(R"({"iss":"https://signet.example/t/system","sub":"c","client_id":"c","aud":"a",
        "iat":1700000000,"exp":1700000600,"jti":"j","scope":"read:audit"})");
    std::string claims;
    for (const auto& [name, value] : all.items()) {
      if (name != but) absl::StrAppend(&claims, claims.empty() ? "{" : ",", "\"", name, "\":", value.dump());
    }
    return absl::StrCat(claims, more.empty() ? "" : ",", more, "}");
  }
  absl::StatusOr<AccessTokenClaims> Read(const std::string& token) {
    return ReadAccessToken(*process().directory.FindTenant(system_.tenant), token, clock_.Now());
  }
  absl::StatusOr<AccessTokenClaims> ReadSigned(const std::string& header, const std::string& payload) {
    return Read(SignAnything(system_, header, payload));
  }
};

void ExpectInvalid(const absl::StatusOr<AccessTokenClaims>& claims, absl::string_view reason) {
  EXPECT_EQ(claims.status().code(), absl::StatusCode::kInvalidArgument) << claims.status();
  EXPECT_EQ(GetReason(claims.status()), reason) << claims.status();
}

TEST_F(AccessTokenTest, ReadsWhatATokenSays) {
  const auto claims =
      ReadSigned(Header(), Claims("", absl::StrCat(R"("cnf":{"x5t#S256":")", Base64UrlEncode(std::string(32, 'x')), "\"}")));
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->token_id, "j");
  EXPECT_EQ(claims->client_id, "c");
  EXPECT_EQ(claims->scope, "read:audit");
  EXPECT_EQ(claims->certificate_thumbprint, Base64UrlEncode(std::string(32, 'x')));
  EXPECT_EQ(claims->expire_time, absl::FromUnixSeconds(1'700'000'600));
  EXPECT_EQ(claims->members["aud"], "a");
}

TEST_F(AccessTokenTest, TakesBothFormsOfTheType) {
  for (const char* typ : {"at+jwt", "application/at+jwt", "AT+JWT"}) EXPECT_TRUE(ReadSigned(Header(typ), Claims()).ok()) << typ;
  for (const char* typ : {"JWT", "", "jwt", "application/jwt", "secevent+jwt"}) {
    ExpectInvalid(ReadSigned(Header(typ), Claims()), reason::kTokenMalformed);
  }
  ExpectInvalid(ReadSigned(absl::StrCat(R"({"alg":"ES256","kid":")", KidOf(system_), "\"}"), Claims()), reason::kTokenMalformed);
}

TEST_F(AccessTokenTest, RefusesATokenThatLacksAClaim) {
  for (const char* claim : {"iat", "aud", "jti", "client_id", "sub", "exp"}) {
    ExpectInvalid(ReadSigned(Header(), Claims(claim)), reason::kTokenMalformed);
  }
  ExpectInvalid(ReadSigned(Header(), Claims("iss")), reason::kTokenIssuer);
  EXPECT_TRUE(ReadSigned(Header(), Claims("scope")).ok());
}

TEST_F(AccessTokenTest, RefusesClaimsOfAnotherForm) {
  ExpectInvalid(ReadSigned(Header(), Claims("sub", R"("sub":"d")")), reason::kTokenMalformed);
  ExpectInvalid(ReadSigned(Header(), Claims("client_id", R"("client_id":["c"])")), reason::kTokenMalformed);
  ExpectInvalid(ReadSigned(Header(), Claims("scope", R"("scope":["read:audit"])")), reason::kTokenMalformed);
  ExpectInvalid(ReadSigned(Header(), Claims("jti", R"("jti":"")")), reason::kTokenMalformed);
  ExpectInvalid(ReadSigned(Header(), Claims("", R"("jti":"k")")), reason::kTokenMalformed);
  ExpectInvalid(ReadSigned(Header(), Claims("iss", R"("iss":"https://signet.example/t/acme")")), reason::kTokenIssuer);
  ExpectInvalid(ReadSigned(Header(), Claims("exp", R"("exp":1700000000)")), reason::kTokenExpired);
  ExpectInvalid(ReadSigned(Header(), Claims("", R"("nbf":1700000061)")), reason::kTokenNotYetValid);
}

TEST_F(AccessTokenTest, RefusesATokenThatIsBoundToWhatItCannotCheck) {
  for (const char* confirmation :
       {R"({"jkt":"x"})", "{}", R"("x")", "null", R"({"x5t#S256":1})", R"({"x5t#S256":"AAAA"})", R"({"x5t#S256":""})"}) {
    ExpectInvalid(ReadSigned(Header(), Claims("", absl::StrCat("\"cnf\":", confirmation))), reason::kTokenMalformed);
  }
  const std::string both = absl::StrCat(R"("cnf":{"x5t#S256":")", Base64UrlEncode(std::string(32, 'x')), R"(","jkt":"y"})");
  ExpectInvalid(ReadSigned(Header(), Claims("", both)), reason::kTokenMalformed);
}

TEST_F(AccessTokenTest, RefusesAlgorithmsThatAreNotTheKeys) {
  for (const char* alg : {"none", "None", "HS256", "RS256", "ES384", "EdDSA"}) {
    const std::string header = absl::StrReplaceAll(Header(), {{"ES256", alg}});
    ExpectInvalid(ReadSigned(header, Claims()), reason::kTokenAlgorithm);
    ExpectInvalid(Read(absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(Claims()), ".")), reason::kTokenAlgorithm);
  }
}

TEST_F(AccessTokenTest, NeverUsesAKeyThatTheTokenBringsAlong) {
  const ClientKey attacker(hsm::Algorithm::kEs256);
  const auto& jwk = attacker.public_key().jwk_members();
  const std::string bring = absl::StrCat(R"(,"jwk":{"kty":"EC","crv":"P-256","x":")", jwk.at("x"), R"(","y":")", jwk.at("y"),
                                         R"("},"jku":"https://evil.example/jwks","x5u":"https://evil.example/x","x5c":["AAAA"])");
  ExpectInvalid(Read(attacker.Sign(Header("at+jwt", bring), Claims())), reason::kTokenSignature);
  // What it brings along does not harm a good one either.
  EXPECT_TRUE(ReadSigned(Header("at+jwt", bring), Claims()).ok());
}

TEST_F(AccessTokenTest, LooksForNoKeyBeyondTheIssuersOwn) {
  const ClientKey attacker(hsm::Algorithm::kEs256);
  for (const char* kid : {"../../etc/passwd", "' OR '1'='1", "/dev/null", "", "x\\u0000y", "https://evil.example/key"}) {
    ExpectInvalid(Read(attacker.Sign(absl::StrCat(R"({"alg":"ES256","typ":"at+jwt","kid":")", kid, "\"}"), Claims())),
                  reason::kTokenKeyUnknown);
  }
  ExpectInvalid(Read(attacker.Sign(R"({"alg":"ES256","typ":"at+jwt"})", Claims())), reason::kTokenMalformed);
  ExpectInvalid(Read(attacker.Sign(R"({"alg":"ES256","typ":"at+jwt","kid":["x"]})", Claims())), reason::kTokenMalformed);
  const std::string foreign = absl::StrReplaceAll(Header(), {{KidOf(system_), KidOf(acme_)}});
  ExpectInvalid(Read(SignAnything(acme_, foreign, Claims())), reason::kTokenKeyUnknown);
}

TEST_F(AccessTokenTest, RefusesATokenOfAnotherRingOfTheIssuer) {
  const RingName audit = {system_.tenant, keystore::RingId("audit")};
  seeded_.AddRing(audit);
  seeded_.AddKey(audit, hsm::Algorithm::kEs256, keystore::KeyState::kEnabled);
  Refresh();
  const std::string header = absl::StrReplaceAll(Header(), {{KidOf(system_), KidOf(audit)}});
  ExpectInvalid(Read(SignAnything(audit, header, Claims())), reason::kTokenKeyUnknown);
}

TEST_F(AccessTokenTest, RefusesHostileTextQuickly) {
  const std::string header = Base64UrlEncode(Header());
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(".."), std::string("..."), std::string("a.b.c.d"), std::string(100, '.'),
        absl::StrCat(header, ".", Base64UrlEncode(std::string(10'000, '[')), ".AAAA"),
        absl::StrCat(header, "=.", Base64UrlEncode(Claims()), ".AAAA"), absl::StrCat(header, ".\n.AAAA"),
        // RFC 7516 appendix A.1: encrypted, five parts.
        std::string("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOa.48V1_ALb6US04U3b.5eym.XFBo"),
        // RFC 7519 section 6.1 and RFC 7515 appendix A.1: unsecured, and by a shared secret.
        std::string(
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."),
        std::string(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
            "9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")}) {
    EXPECT_EQ(Read(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  ExpectInvalid(ReadSigned(Header(), absl::StrCat("{\"a\":", std::string(100, '['), std::string(100, ']'), "}")),
                reason::kTokenMalformed);
  ExpectInvalid(Read(std::string(kMaxAccessTokenSize + 1, 'a')), reason::kTokenMalformed);
}

TEST_F(AccessTokenTest, NeverQuotesTheToken) {
  for (const std::string& text : {std::string("hunter2.hunter2.hunter2"), SignAnything(system_, Header(), R"({"iss":"hunter2"})"),
                                  SignAnything(system_, Header("hunter2"), Claims())}) {
    EXPECT_EQ(Read(text).status().ToString().find("hunter"), std::string::npos) << Read(text).status();
  }
}

TEST(AccessTokenClaimsJson, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(AccessTokenClaimsJson({"c", "a", "", ""}), R"({"sub":"c","client_id":"c","aud":"a"})");
  EXPECT_EQ(AccessTokenClaimsJson({"c", "a", "x y", kThumbprint}),
            absl::StrCat(R"({"sub":"c","client_id":"c","aud":"a","scope":"x y","cnf":{"x5t#S256":")", kThumbprint, "\"}}"));
}

TEST(FindBearerToken, TakesTheSchemeInAnyCase) {
  for (const char* authorization : {"Bearer x.y.z", "bearer x.y.z", "BEARER x.y.z", "Bearer   x.y.z"}) {
    EXPECT_EQ(FindBearerToken(authorization), "x.y.z") << authorization;
  }
  for (const char* authorization : {"Bearer", "Bearer ", "bearer  "})
    EXPECT_EQ(FindBearerToken(authorization), "") << authorization;
  for (const char* authorization : {"", " ", "x.y.z", "DPoP x.y.z", "Basic eDp5", "BearerToken x", " Bearer x", "Bearer\tx"}) {
    EXPECT_EQ(FindBearerToken(authorization), std::nullopt) << authorization;
  }
}

}  // namespace
}  // namespace signet::core
