#include "server/core/claims.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

ServerClaims TestClaims() { return {"https://issuer.example", kNow, kNow + absl::Hours(1), "id-1"}; }

void ExpectReason(const absl::Status& status, absl::string_view reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

TEST(BuildPayload, PutsTheServersClaimsAheadOfTheCallersInTheirOrder) {
  EXPECT_EQ(*BuildPayload(R"({ "z": 1, "sub": "a\u00e9", "b": {"y": [1.5, null], "x": 18446744073709551615} })", TestClaims()),
            R"({"iss":"https://issuer.example","iat":1700000000,"exp":1700003600,"jti":"id-1",)"
            R"("z":1,"sub":"aé","b":{"y":[1.5,null],"x":18446744073709551615}})");
}

TEST(BuildPayload, TakesNoClaimsAsAnEmptyObject) {
  const std::string server_alone = R"({"iss":"https://issuer.example","iat":1700000000,"exp":1700003600,"jti":"id-1"})";
  EXPECT_EQ(*BuildPayload("", TestClaims()), server_alone);
  EXPECT_EQ(*BuildPayload("{}", TestClaims()), server_alone);
}

TEST(BuildPayload, RefusesEachClaimThatTheServerOwnsAndNamesIt) {
  for (const char* name : {"iss", "iat", "exp", "jti"}) {
    const auto payload = BuildPayload(absl::StrCat("{\"a\":1,\"", name, "\":1}"), TestClaims());
    ExpectReason(payload.status(), reason::kClaimReserved);
    EXPECT_EQ(GetErrorDetail(payload.status())->metadata.at("claim"), name);
  }
  ExpectReason(BuildPayload(R"({"\u0069ss":"x"})", TestClaims()).status(), reason::kClaimReserved);
}

TEST(BuildPayload, AddsAndRefusesWhatTheProfileSays) {
  const keystore::SigningProfile profile = {.fixed_claims_json = R"({"zone":"eu"})", .audiences = {"a"}};
  EXPECT_EQ(*BuildPayload(R"({"aud":"a"})", TestClaims(), &profile),
            R"({"iss":"https://issuer.example","iat":1700000000,"exp":1700003600,"jti":"id-1","aud":"a","zone":"eu"})");
  EXPECT_EQ(GetReason(BuildPayload(R"({"aud":"b"})", TestClaims(), &profile).status()), reason::kSigningProfile);
}

TEST(BuildPayload, LetsInnerObjectsHaveMembersOfThoseNames) {
  EXPECT_TRUE(BuildPayload(R"({"act":{"iss":"x","exp":1}})", TestClaims()).ok());
}

TEST(BuildPayload, RefusesClaimsThatAreNotOneObject) {
  for (const char* text :
       {"[]", "1", "null", "\"a\"", "{", "{}{}", " ", R"({"a":1,"a":2})", R"({"a":1e999})", "{\"a\":\"\xff\"}"}) {
    ExpectReason(BuildPayload(text, TestClaims()).status(), reason::kClaimsInvalid);
  }
}

TEST(BuildPayload, RefusesClaimsThatAreTooDeep) {
  EXPECT_TRUE(BuildPayload(absl::StrCat("{\"a\":", std::string(31, '['), std::string(31, ']'), "}"), TestClaims()).ok());
  ExpectReason(BuildPayload(absl::StrCat("{\"a\":", std::string(32, '['), std::string(32, ']'), "}"), TestClaims()).status(),
               reason::kClaimsInvalid);
}

TEST(BuildPayload, AcceptsExactly64KiB) {
  const std::string frame = R"({"a":""})";
  const std::string full = absl::StrCat(R"({"a":")", std::string(kMaxClaimsSize - frame.size(), 'x'), R"("})");
  ASSERT_EQ(full.size(), 65536u);
  EXPECT_TRUE(BuildPayload(full, TestClaims()).ok());
  ExpectReason(BuildPayload(full + " ", TestClaims()).status(), reason::kClaimsTooLarge);
}

TEST(BuildPayload, ChecksTheTypesOfRegisteredClaims) {
  for (const char* text : {R"({"sub":1})", R"({"sub":null})", R"({"aud":1})", R"({"aud":{}})", R"({"aud":["a",1]})",
                           R"({"nbf":"1"})", R"({"nbf":null})"}) {
    ExpectReason(BuildPayload(text, TestClaims()).status(), reason::kClaimsInvalid);
  }
  for (const char* text : {R"({"sub":"a","aud":"b","nbf":1})", R"({"aud":[]})", R"({"aud":["a","b"],"nbf":1.5})"}) {
    EXPECT_TRUE(BuildPayload(text, TestClaims()).ok()) << text;
  }
}

ClaimRules TestRules() { return {"https://issuer.example", kNow, ""}; }

// Claims that are valid at kNow, with `more` members ahead of them.
std::string Claims(absl::string_view more) {
  return absl::StrCat("{", more, more.empty() ? "" : ",", R"("iss":"https://issuer.example","exp":1700000001})");
}

TEST(CheckClaims, AcceptsWhatBuildPayloadMadeAndReturnsItsExpiry) {
  EXPECT_EQ(*CheckClaims(*BuildPayload("{}", TestClaims()), TestRules()), kNow + absl::Hours(1));
}

TEST(CheckClaims, RefusesAPayloadThatIsNoObjectOrHasWrongTypes) {
  for (const char* payload : {"", "Example of Ed25519 signing", "[]", "{}{}"}) {
    ExpectReason(CheckClaims(payload, TestRules()).status(), reason::kTokenMalformed);
  }
  for (const char* claim : {R"("iat":"1")", R"("nbf":null)", R"("sub":1)", R"("aud":7)", R"("a":1,"a":1)"}) {
    ExpectReason(CheckClaims(Claims(claim), TestRules()).status(), reason::kTokenMalformed);
  }
}

TEST(CheckClaims, RefusesAMissingOrForeignIssuer) {
  for (const char* payload : {R"({"exp":1800000000})", R"({"iss":"https://other.example","exp":1800000000})",
                              R"({"iss":"https://issuer.example/","exp":1800000000})", R"({"iss":1,"exp":1800000000})",
                              R"({"iss":["https://issuer.example"],"exp":1800000000})"}) {
    ExpectReason(CheckClaims(payload, TestRules()).status(), reason::kTokenIssuer);
  }
}

TEST(CheckClaims, RefusesATokenWithoutAnExpiryThatATimestampCanShow) {
  for (const char* payload : {R"({"iss":"https://issuer.example"})", R"({"iss":"https://issuer.example","exp":"1800000000"})",
                              R"({"iss":"https://issuer.example","exp":null})", R"({"iss":"https://issuer.example","exp":1e300})",
                              R"({"iss":"https://issuer.example","exp":253402300800})",
                              R"({"iss":"https://issuer.example","exp":18446744073709551615})"}) {
    ExpectReason(CheckClaims(payload, TestRules()).status(), reason::kTokenMalformed);
  }
  EXPECT_TRUE(CheckClaims(R"({"iss":"https://issuer.example","exp":253402300799})", TestRules()).ok());
}

TEST(CheckClaims, RefusesATokenFromTheSecondOfItsExpiryOn) {
  ClaimRules rules = TestRules();
  EXPECT_TRUE(CheckClaims(Claims(""), rules).ok());
  rules.now = kNow + absl::Milliseconds(999);
  EXPECT_TRUE(CheckClaims(Claims(""), rules).ok());
  rules.now = kNow + absl::Seconds(1);
  ExpectReason(CheckClaims(Claims(""), rules).status(), reason::kTokenExpired);
  ExpectReason(CheckClaims(R"({"iss":"https://issuer.example","exp":-1e300})", rules).status(), reason::kTokenExpired);
}

TEST(CheckClaims, ForgivesNotBeforeAndIssuedAtTheSkewAndNoMore) {
  for (const char* name : {"nbf", "iat"}) {
    EXPECT_TRUE(CheckClaims(Claims(absl::StrCat("\"", name, "\":1700000060")), TestRules()).ok());
    EXPECT_TRUE(CheckClaims(Claims(absl::StrCat("\"", name, "\":-5")), TestRules()).ok());
    for (const char* time : {"1700000061", "1700000060.5", "1e300"}) {
      ExpectReason(CheckClaims(Claims(absl::StrCat("\"", name, "\":", time)), TestRules()).status(), reason::kTokenNotYetValid);
    }
  }
}

TEST(CheckClaims, GrantsTheSkewThatIsAskedFor) {
  ClaimRules rules = TestRules();
  rules.expiry_skew = absl::Seconds(60);
  rules.now = absl::FromUnixSeconds(1'700'003'600) + absl::Seconds(59);
  const std::string claims = R"({"iss":"https://issuer.example","exp":1700003600})";
  EXPECT_TRUE(CheckClaims(claims, rules).ok());
  rules.now += absl::Seconds(1);
  ExpectReason(CheckClaims(claims, rules).status(), reason::kTokenExpired);
}

TEST(CheckClaims, RefusesATokenThatWasRevoked) {
  CredentialDirectory credentials;
  credentials.Take(
      keystore::RevokedToken{.token_id = RevocationId("ci", "id-1"), .tenant = {}, .expire_time = kNow + absl::Hours(1)});
  ClaimRules rules = TestRules();
  rules.credentials = &credentials;
  ExpectReason(CheckClaims(Claims(R"("client_id":"ci","jti":"id-1")"), rules).status(), reason::kTokenRevoked);
  EXPECT_TRUE(CheckClaims(Claims(R"("client_id":"other","jti":"id-1")"), rules).ok()) << "nobody voids another's token";
  EXPECT_TRUE(CheckClaims(Claims(R"("client_id":"ci","jti":"id-2")"), rules).ok());
  EXPECT_TRUE(CheckClaims(Claims(R"("client_id":"ci","jti":1)"), rules).ok()) << "only a string is an id";
  EXPECT_TRUE(CheckClaims(Claims(""), rules).ok());
}

TEST(HoldsAudience, LooksForOneThatIsEqual) {
  const auto holds = [](const char* aud) {
    const nlohmann::ordered_json claims = nlohmann::ordered_json::parse(absl::StrCat("{\"aud\":", aud, "}"));
    return HoldsAudience(&claims["aud"], "a");
  };
  for (const char* aud : {R"("a")", R"(["a"])", R"(["b","a"])"}) EXPECT_TRUE(holds(aud)) << aud;
  for (const char* aud : {R"("b")", R"([])", R"(["b"])", R"("A")", R"("a ")", R"(["aa"])"}) EXPECT_FALSE(holds(aud)) << aud;
  EXPECT_FALSE(HoldsAudience(nullptr, "a"));
}

TEST(CheckClaims, LooksForTheAudienceOnlyIfAsked) {
  ClaimRules rules = TestRules();
  EXPECT_TRUE(CheckClaims(Claims(R"("aud":"a")"), rules).ok());
  rules.audience = "a";
  EXPECT_TRUE(CheckClaims(Claims(R"("aud":"a")"), rules).ok());
  EXPECT_TRUE(CheckClaims(Claims(R"("aud":["b","a"])"), rules).ok());
  for (const char* aud : {"", R"("aud":"A")", R"("aud":"ab")", R"("aud":["b"])", R"("aud":[])"}) {
    ExpectReason(CheckClaims(Claims(aud), rules).status(), reason::kTokenAudience);
  }
}

TEST(Claims, NoErrorQuotesThem) {
  for (const char* text :
       {R"({"hunter2":hunter2})", R"({"hunter2":1,"hunter2":2})", R"({"iss":"hunter2"})", R"({"sub":["hunter2"]})"}) {
    EXPECT_FALSE(absl::StrContains(BuildPayload(text, TestClaims()).status().ToString(), "hunter")) << text;
    EXPECT_FALSE(absl::StrContains(CheckClaims(text, TestRules()).status().ToString(), "hunter")) << text;
  }
}

}  // namespace
}  // namespace signet::core
