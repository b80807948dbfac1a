#include "server/core/client_assertion.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/base64url.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const std::vector<std::string>& Audiences() {
  static const auto& audiences = *new std::vector<std::string>{"https://as.example", "https://as.example/oauth/token"};
  return audiences;
}

constexpr char kHeader[] = R"({"alg":"ES256","kid":"k1"})";
constexpr char kClaims[] = R"({"iss":"c","sub":"c","aud":"https://as.example","exp":1700000060,"jti":"id"})";

std::string Unsigned(const std::string& header, const std::string& claims) {
  return absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(claims), ".AAAA");
}
std::string With(const std::string& from, const std::string& to) { return absl::StrReplaceAll(kClaims, {{from, to}}); }

void ExpectRefused(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_EQ(GetReason(status), "CLIENT_ASSERTION") << status;
}
void ExpectRefusedClaims(const std::string& claims) {
  SCOPED_TRACE(claims);
  ExpectRefused(ReadAssertion(Unsigned(kHeader, claims), Audiences(), kNow, AssertionLimits()).status());
}
void ExpectRead(const std::string& claims) {
  const std::string text = Unsigned(kHeader, claims);
  EXPECT_TRUE(ReadAssertion(text, Audiences(), kNow, AssertionLimits()).ok())
      << claims << ReadAssertion(text, Audiences(), kNow, AssertionLimits()).status();
}

TEST(ClaimedClient, IsTheIssuerAndNobodyWhereThereIsNone) {
  EXPECT_EQ(ClaimedClient(Unsigned("{}", kClaims)), "c");
  EXPECT_EQ(ClaimedClient(Unsigned("junk", R"({"iss":"c"})")), "c") << "nothing else is looked at";
  const std::string large = Unsigned(kHeader, absl::StrCat(R"({"iss":"c","x":")", std::string(kMaxAssertionSize, 'x'), "\"}"));
  const std::string deep = Unsigned(kHeader, absl::StrCat(R"({"iss":"c","x":)", std::string(2000, '[')));
  for (const std::string& text :
       {std::string(), std::string("junk"), std::string(".."), std::string("!.!.!"), Unsigned(kHeader, "{}"),
        Unsigned(kHeader, "[]"), Unsigned(kHeader, "\"c\""), Unsigned(kHeader, R"({"iss":1})"),
        Unsigned(kHeader, R"({"iss":"c","iss":"d"})"), Unsigned(kHeader, "{\"iss\":\"\xff\"}"), large, deep}) {
    EXPECT_EQ(ClaimedClient(text), "") << text.substr(0, 100);
  }
}

TEST(ReadAssertion, ReadsWhatAnAssertionClaims) {
  const std::string text = Unsigned(kHeader, kClaims);
  const auto assertion = ReadAssertion(text, Audiences(), kNow, AssertionLimits());
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->client_id, "c");
  EXPECT_EQ(assertion->token_id, "id");
  EXPECT_EQ(assertion->end, kNow + absl::Minutes(2)) << "its exp, and the skew";
  EXPECT_EQ(assertion->header.kid, "k1");
}

TEST(ReadAssertion, WantsOneClientAsIssuerAndSubject) {
  for (const char* issuer : {R"("iss":"d")", R"("iss":"")", R"("iss":1)", R"("ISS":"c")"})
    ExpectRefusedClaims(With(R"("iss":"c")", issuer));
  for (const char* subject : {R"("sub":"d")", R"("sub":"")", R"("sub":["c"])", R"("x":"c")"})
    ExpectRefusedClaims(With(R"("sub":"c")", subject));
}

TEST(ReadAssertion, TakesOneThatIsForUsAndForNobodyElse) {
  const auto with_audience = [](const std::string& aud) { return With(R"("https://as.example")", aud); };
  ExpectRead(with_audience(R"("https://as.example/oauth/token")"));
  ExpectRead(with_audience(R"(["https://as.example"])"));
  ExpectRead(with_audience(R"(["https://as.example","https://as.example/oauth/token"])"));
  for (const char* aud : {R"("https://evil.example")", "[]", R"("")", "null", R"(["https://as.example","https://evil.example"])",
                          R"("https://as.example/")", R"("https://AS.example")", R"([["https://as.example"]])"}) {
    ExpectRefusedClaims(with_audience(aud));
  }
  ExpectRefusedClaims(With("aud", "audience"));
}

TEST(ReadAssertion, WantsAnExpiryOfAnHourAheadAtMost) {
  const auto expires_at = [](int64_t time) { return With("1700000060", absl::StrCat(time)); };
  ExpectRead(expires_at(1'700'003'600));
  ExpectRead(expires_at(1'700'003'660));
  ExpectRefusedClaims(expires_at(1'700'003'661));
  // By its own clock as well, if it says when it was made.
  ExpectRead(With("{", R"({"iat":1699996460,)"));
  ExpectRefusedClaims(With("{", R"({"iat":1699996459,)"));
  // The client's clock may be behind by a minute.
  ExpectRead(expires_at(1'699'999'941));
  ExpectRefusedClaims(expires_at(1'699'999'940));
  ExpectRefusedClaims(With("exp", "expiry"));
  ExpectRefusedClaims(With("1700000060", "\"1700000060\""));
  ExpectRefusedClaims(With("1700000060", "1e300"));
}

TEST(ReadAssertion, OfATenantWithThePresetOfAuth0HasAuth0sLimits) {
  TenantSnapshot tenant;
  TenantSnapshot::Ring& ring = tenant.rings[keystore::RingId("access-token")];
  ring.policy.preset = keystore::Preset::kStandard;
  EXPECT_EQ(LimitsOf(tenant).life, absl::Hours(1));
  ring.policy.preset = keystore::Preset::kAuth0;
  const AssertionLimits limits = LimitsOf(tenant);
  const auto read = [&](const std::string& claims) { return ReadAssertion(Unsigned(kHeader, claims), Audiences(), kNow, limits); };
  const auto expires_at = [](int64_t time) { return With("1700000060", absl::StrCat(time)); };
  EXPECT_TRUE(read(expires_at(1'700'000'360)).ok()) << "5 minutes, and one for the clocks";
  ExpectRefused(read(expires_at(1'700'000'361)).status());

  const auto issued_at = [](const std::string& time) { return With("{", absl::StrCat("{\"iat\":", time, ",")); };
  EXPECT_TRUE(read(issued_at("1699999760")).ok()) << "5 minutes before its exp";
  ExpectRefused(read(issued_at("1699999759")).status());
  ExpectRefused(read(issued_at("1699999759.9")).status());
  ExpectRefused(read(issued_at("-1e308")).status());

  // In base64url, 3 bytes are 4.
  const auto of_size = [](size_t size) { return With("\"id\"", absl::StrCat("\"id\",\"x\":\"", std::string(size, 'x'), "\"")); };
  const size_t rest = (2048 - Unsigned(kHeader, of_size(0)).size()) / 4 * 3;
  EXPECT_TRUE(read(of_size(rest)).ok());
  ExpectRefused(read(of_size(rest + 3)).status());
}

TEST(ReadAssertion, RefusesOneFromTheFuture) {
  for (const std::string name : {"nbf", "iat"}) {
    ExpectRead(With("{", absl::StrCat("{\"", name, "\":1700000060,")));
    ExpectRefusedClaims(With("{", absl::StrCat("{\"", name, "\":1700000061,")));
  }
}

TEST(ReadAssertion, WantsAnIdOfBoundedSize) {
  ExpectRefusedClaims(With("jti", "id"));
  ExpectRefusedClaims(With(R"("id")", R"("")"));
  ExpectRefusedClaims(With(R"("id")", "1"));
  ExpectRead(With(R"("id")", absl::StrCat("\"", std::string(256, 'x'), "\"")));
  ExpectRefusedClaims(With(R"("id")", absl::StrCat("\"", std::string(257, 'x'), "\"")));
}

TEST(ReadAssertion, RefusesTokensOfAnotherPurpose) {
  const auto read = [](const std::string& typ) {
    return ReadAssertion(Unsigned(absl::StrCat(R"({"alg":"ES256","typ":")", typ, "\"}"), kClaims), Audiences(), kNow,
                         AssertionLimits())
        .status();
  };
  for (const char* typ : {"JWT", "jwt", "client-authentication+jwt", ""}) EXPECT_TRUE(read(typ).ok()) << typ;
  for (const char* typ : {"at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt"}) ExpectRefused(read(typ));
}

TEST(ReadAssertion, RefusesHostileTextAndQuotesNothing) {
  const std::string deep = absl::StrCat("{\"a\":", std::string(100, '['), std::string(100, ']'), "}");
  const std::string large = Unsigned(kHeader, absl::StrCat("{\"a\":\"", std::string(kMaxAssertionSize, 'x'), "\"}"));
  for (const std::string& text :
       {std::string(), std::string("hunter2"), std::string("a.b.c"), std::string("hunter2.hunter2.hunter2.x"),
        Unsigned("{hunter2", kClaims), Unsigned(kHeader, "{hunter2"), Unsigned(kHeader, deep), large,
        Unsigned(R"({"alg":"ES256","crit":["exp"]})", kClaims), Unsigned(R"({"alg":"ES256","kid":1})", kClaims),
        Unsigned(kHeader, With("\"jti\"", R"("sub":"c","jti")"))}) {
    const absl::Status status = ReadAssertion(text, Audiences(), kNow, AssertionLimits()).status();
    ExpectRefused(status);
    EXPECT_EQ(status.ToString().find("hunter"), std::string::npos) << status;
  }
}

class VerifyAssertionTest : public testing::TestWithParam<hsm::Algorithm> {};

// Reads and verifies an assertion that `key` has signed.
absl::Status Verify(const ClientKey& key, const std::string& header, const std::vector<keystore::ClientPublicKey>& keys) {
  const std::string text = key.Sign(header, kClaims);
  const auto assertion = ReadAssertion(text, Audiences(), kNow, AssertionLimits());
  EXPECT_TRUE(assertion.ok()) << assertion.status();
  return assertion.ok() ? VerifyAssertion(*assertion, keys, kNow) : assertion.status();
}

TEST_P(VerifyAssertionTest, TakesTheAlgorithmOfTheKeyAndNoOther) {
  const ClientKey key(GetParam());
  const absl::string_view alg = hsm::GetAlgorithmInfo(GetParam()).jose_name;
  EXPECT_TRUE(Verify(key, absl::StrCat(R"({"alg":")", alg, R"(","kid":"k1"})"), {key.Record("k1")}).ok());
  EXPECT_TRUE(Verify(key, absl::StrCat(R"({"alg":")", alg, R"("})"), {key.Record("k1")}).ok());
  for (const char* other : {"none", "HS256", "RS512", "PS512", "ES256K", ""}) {
    ExpectRefused(Verify(key, absl::StrCat(R"({"alg":")", other, R"(","kid":"k1"})"), {key.Record("k1")}));
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, VerifyAssertionTest,
                         testing::Values(hsm::Algorithm::kEs256, hsm::Algorithm::kEs384, hsm::Algorithm::kRs256With2048,
                                         hsm::Algorithm::kPs256With2048, hsm::Algorithm::kEd25519),
                         [](const auto& param) { return std::string(hsm::GetAlgorithmInfo(param.param).name); });

TEST(VerifyAssertion, KnowsEd25519ByItsFormerName) {
  const ClientKey key(hsm::Algorithm::kEd25519);
  EXPECT_TRUE(Verify(key, R"({"alg":"EdDSA"})", {key.Record("k1")}).ok());
}

TEST(VerifyAssertion, TakesTheKeyThatTheKidNames) {
  const ClientKey key(hsm::Algorithm::kEs256);
  const ClientKey other(hsm::Algorithm::kEs256);
  EXPECT_TRUE(Verify(key, kHeader, {other.Record("k2"), key.Record("k1")}).ok());
  ExpectRefused(Verify(key, kHeader, {other.Record("k1"), key.Record("k2")}));
  ExpectRefused(Verify(key, kHeader, {key.Record("k2")}));
  ExpectRefused(Verify(key, R"({"alg":"ES256","kid":""})", {key.Record("k1")}));
}

TEST(VerifyAssertion, TakesAnAssertionWithoutKidByAnyKeyThatWorks) {
  const ClientKey key(hsm::Algorithm::kEs256);
  const ClientKey other(hsm::Algorithm::kEs256);
  EXPECT_TRUE(Verify(key, R"({"alg":"ES256"})", {key.Record("k1")}).ok());
  EXPECT_TRUE(Verify(key, R"({"alg":"ES256"})", {other.Record("k2"), key.Record("k1")}).ok());
  ExpectRefused(Verify(key, R"({"alg":"ES256"})", {other.Record("k2")}));
  keystore::ClientPublicKey former = key.Record("k1");
  former.expire_time = kNow;
  ExpectRefused(Verify(key, R"({"alg":"ES256"})", {former, other.Record("k2")}));
}

TEST(VerifyAssertion, RefusesAKeyWhoseTimeHasPassed) {
  const ClientKey key(hsm::Algorithm::kEs256);
  keystore::ClientPublicKey record = key.Record("k1");
  record.expire_time = kNow + absl::Nanoseconds(1);
  EXPECT_TRUE(Verify(key, kHeader, {record}).ok());
  record.expire_time = kNow;
  ExpectRefused(Verify(key, kHeader, {record}));
}

TEST(VerifyAssertion, RefusesWhatAnotherKeySigned) {
  const ClientKey key(hsm::Algorithm::kEs256);
  const ClientKey attacker(hsm::Algorithm::kEs256);
  const auto& jwk = attacker.public_key().jwk_members();
  const std::string header = absl::StrCat(R"({"alg":"ES256","kid":"k1","jwk":{"kty":"EC","crv":"P-256","x":")", jwk.at("x"),
                                          R"(","y":")", jwk.at("y"), R"("},"jku":"https://evil.example","x5c":["AAAA"]})");
  ExpectRefused(Verify(attacker, header, {key.Record("k1")}));
  ExpectRefused(Verify(attacker, kHeader, {}));
  EXPECT_TRUE(Verify(key, header, {key.Record("k1")}).ok());
}

TEST(VerifyAssertion, RefusesAKeyThatThisReleaseCannotRead) {
  const ClientKey key(hsm::Algorithm::kEs256);
  keystore::ClientPublicKey record = key.Record("k1");
  record.algorithm = "ML_DSA_44";
  ExpectRefused(Verify(key, kHeader, {record}));
  record = key.Record("k1");
  record.public_key_der = "not DER";
  ExpectRefused(Verify(key, kHeader, {record}));
}

TEST(VerifyAssertion, TakesNothingByTheKeyThatStandsInForNobodys) {
  // RFC 7515 appendix A.3, whose private key is public: nobody's stand-in verifies it, and it still is nobody's.
  ClientAssertion assertion;
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  assertion.header.alg = "ES256";
  assertion.signing_input = input;
  assertion.signature = *Base64UrlDecode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  ExpectRefused(VerifyAssertion(assertion, {}, kNow));
}

TEST(AssertionAudiences, AreTheIssuerTheUrlAndTheAliasesWithTheirEndpoints) {
  TenantSnapshot tenant;
  tenant.issuer = "https://issuer.example";
  tenant.tenant.id = keystore::TenantId("acme");
  tenant.tenant.host_aliases = {"login.example"};
  const auto audiences = AssertionAudiences(tenant, "https://localhost:8444");
  EXPECT_THAT(audiences,
              IsSupersetOf({"https://issuer.example", "https://issuer.example/", "https://issuer.example/oauth/token",
                            "https://localhost:8444/t/acme", "https://localhost:8444/t/acme/oauth/token",
                            "https://localhost:8444/t/acme/oauth/introspect", "https://localhost:8444/t/acme/oauth/revoke",
                            "https://login.example/", "https://login.example:8444/oauth/token"}));
  EXPECT_THAT(audiences, Not(Contains("https://localhost:8444")));
  EXPECT_THAT(audiences, Not(Contains("https://localhost:8444/oauth/token")));
  EXPECT_THAT(AssertionAudiences(tenant, "https://signet.example"), Not(Contains("https://login.example://signet.example")));
  tenant.issuer += "/";
  EXPECT_EQ(AssertionAudiences(tenant, "https://localhost:8444"), audiences);
}

}  // namespace
}  // namespace signet::core
