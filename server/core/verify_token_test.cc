// Tests Tokens::VerifyToken.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"
#include "server/core/digest_signing.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"
#include "server/core/tokens.h"

namespace signet::core {
namespace {

using keystore::KeyState;

class VerifyTokenTest : public testing::Test {
 protected:
  VerifyTokenTest() { acme_ = seeded_.AddTenant("acme"); }

  keystore::KeyRecord Enable(hsm::Algorithm algorithm, const RingName& ring) {
    keystore::KeyRecord key = seeded_.AddKey(ring, algorithm, KeyState::kEnabled);
    Refresh();
    return key;
  }
  keystore::KeyRecord Enable(hsm::Algorithm algorithm) { return Enable(algorithm, acme_); }
  void Refresh() {
    const absl::Status status = directory_.Refresh();
    ASSERT_TRUE(status.ok()) << status;
  }
  std::string SignToken(const std::string& claims = R"({"sub":"alice","aud":["a","b"]})") {
    const auto token = tokens_.SignToken({acme_, claims, std::nullopt}, *signer_);
    EXPECT_TRUE(token.ok()) << token.status();
    return token.ok() ? token->token : "";
  }
  // A token of any header and payload with a good signature of acme's enabled key.
  std::string SignAnything(const std::string& header, const std::string& payload) {
    const std::string input = absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload));
    const auto signature =
        tokens_.SigningWith(acme_, nullptr).Sign({DataInput{input}, std::nullopt, SignatureFormat::kRaw}, *signer_);
    EXPECT_TRUE(signature.ok()) << signature.status();
    return signature.ok() ? absl::StrCat(input, ".", Base64UrlEncode(*signature)) : "";
  }
  absl::StatusOr<VerifiedToken> Verify(std::string token, std::string audience = "") {
    return tokens_.VerifyToken({acme_.tenant, std::move(token), std::move(audience)});
  }

  SeededStore seeded_;
  KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id()}, seeded_.store()};
  SigningLedger ledger_{{}, seeded_.store()};
  FakeClock clock_;
  SystemRandom random_;
  Tokens tokens_{directory_, ledger_, clock_, random_};
  std::unique_ptr<hsm::Signer> signer_ = seeded_.hsm().CreateSigner();
  RingName acme_;
};

void ExpectInvalid(const absl::Status& status, absl::string_view reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

constexpr char kValidClaims[] = R"({"iss":"https://localhost:8444/t/acme","exp":1700000001})";

std::string Header(absl::string_view alg, const keystore::KeyRecord& key) {
  return absl::StrCat(R"({"alg":")", alg, R"(","kid":")", key.kid.value(), R"("})");
}

class VerifyTokenOfEachAlgorithmTest : public VerifyTokenTest, public testing::WithParamInterface<hsm::Algorithm> {};

TEST_P(VerifyTokenOfEachAlgorithmTest, AcceptsWhatSignTokenMadeAndNothingElse) {
  const keystore::KeyRecord key = Enable(GetParam());
  const std::string token = SignToken();
  const auto verified = Verify(token, "b");
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->key, (KeyName{acme_, key.kid}));
  EXPECT_EQ(verified->header_json, absl::StrCat(R"({"alg":")", hsm::GetAlgorithmInfo(GetParam()).jose_name, R"(","kid":")",
                                                key.kid.value(), R"(","typ":"JWT"})"));
  EXPECT_TRUE(absl::EndsWith(verified->claims_json, R"("sub":"alice","aud":["a","b"]})")) << verified->claims_json;
  EXPECT_EQ(verified->expire_time, absl::FromUnixSeconds(1'700'003'600));

  std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string signature = *Base64UrlDecode(parts[2]);
  for (const size_t position : {size_t{0}, signature.size() / 2, signature.size() - 1}) {
    std::string tampered = signature;
    tampered[position] ^= 1;
    ExpectInvalid(Verify(absl::StrCat(parts[0], ".", parts[1], ".", Base64UrlEncode(tampered))).status(), reason::kTokenSignature);
  }
  for (const std::string& other : {std::string(), signature.substr(1), signature + "x", std::string(signature.size(), '\0')}) {
    ExpectInvalid(Verify(absl::StrCat(parts[0], ".", parts[1], ".", Base64UrlEncode(other))).status(), reason::kTokenSignature);
  }
  std::string payload = *Base64UrlDecode(parts[1]);
  payload[payload.find("alice")] = 'A';
  ExpectInvalid(Verify(absl::StrCat(parts[0], ".", Base64UrlEncode(payload), ".", parts[2])).status(), reason::kTokenSignature);
}

// The other lengths of RSA differ in nothing that this folder knows.
INSTANTIATE_TEST_SUITE_P(Algorithms, VerifyTokenOfEachAlgorithmTest,
                         testing::Values(hsm::Algorithm::kEs256, hsm::Algorithm::kEs384, hsm::Algorithm::kEs512,
                                         hsm::Algorithm::kRs256With2048, hsm::Algorithm::kRs384With2048,
                                         hsm::Algorithm::kRs512With2048, hsm::Algorithm::kRs512With4096,
                                         hsm::Algorithm::kPs256With2048, hsm::Algorithm::kPs384With2048,
                                         hsm::Algorithm::kPs512With2048, hsm::Algorithm::kEd25519),
                         [](const auto& param) { return std::string(hsm::GetAlgorithmInfo(param.param).name); });

TEST_F(VerifyTokenTest, AcceptsTheTokensOfAPreviousKeyUntilItIsRevoked) {
  keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  const std::string token = SignToken();
  seeded_.SetState(key, KeyState::kDisabled);
  Enable(hsm::Algorithm::kRs256With2048);
  EXPECT_TRUE(Verify(token).ok());
  seeded_.SetState(key, KeyState::kRevoked);
  Refresh();
  ExpectInvalid(Verify(token).status(), reason::kTokenKeyUnknown);
}

TEST_F(VerifyTokenTest, RefusesATokenOfAnotherTenantsKey) {
  const RingName other = seeded_.AddTenant("other");
  Enable(hsm::Algorithm::kEs256);
  Enable(hsm::Algorithm::kEs256, other);
  const auto foreign = tokens_.SignToken({other, "", std::nullopt}, *signer_);
  ASSERT_TRUE(foreign.ok()) << foreign.status();
  ExpectInvalid(Verify(foreign->token).status(), reason::kTokenKeyUnknown);
  EXPECT_TRUE(tokens_.VerifyToken({other.tenant, foreign->token, ""}).ok());
}

TEST_F(VerifyTokenTest, RefusesATokenWithTheKidOfOneKeyAndTheSignatureOfAnother) {
  keystore::KeyRecord first = Enable(hsm::Algorithm::kEs256);
  const std::string header = Header("ES256", first);
  seeded_.SetState(first, KeyState::kDisabled);
  Enable(hsm::Algorithm::kEs256);
  ExpectInvalid(Verify(SignAnything(header, kValidClaims)).status(), reason::kTokenSignature);
}

TEST_F(VerifyTokenTest, RefusesAlgorithmsThatAreNoneOrUnknownInAnySpelling) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  const std::string payload = Base64UrlEncode(kValidClaims);
  for (const char* alg : {"none", "None", "NONE", "", "HS256", "HS384", "HS512", "es256", "ES256K", "Ed448", "RS1", "ES256 "}) {
    ExpectInvalid(Verify(absl::StrCat(Base64UrlEncode(Header(alg, key)), ".", payload, ".")).status(), reason::kTokenAlgorithm);
    ExpectInvalid(Verify(SignAnything(Header(alg, key), kValidClaims)).status(), reason::kTokenAlgorithm);
  }
  // Even where the kid is unknown too: the algorithm is looked at first.
  ExpectInvalid(Verify(absl::StrCat(Base64UrlEncode(R"({"alg":"none","kid":"x"})"), ".", payload, ".")).status(),
                reason::kTokenAlgorithm);
}

TEST_F(VerifyTokenTest, RefusesAKnownAlgorithmThatIsNotTheKeysOwn) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kRs256With2048);
  for (const char* alg : {"RS384", "RS512", "PS256", "ES256", "Ed25519", "EdDSA"}) {
    ExpectInvalid(Verify(SignAnything(Header(alg, key), kValidClaims)).status(), reason::kTokenAlgorithm);
  }
  EXPECT_TRUE(Verify(SignAnything(Header("RS256", key), kValidClaims)).ok());
}

TEST_F(VerifyTokenTest, TakesEdDsaAsAnotherNameOfEd25519) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEd25519);
  EXPECT_TRUE(Verify(SignAnything(Header("EdDSA", key), kValidClaims)).ok());
  EXPECT_TRUE(Verify(SignAnything(Header("Ed25519", key), kValidClaims)).ok());
}

TEST_F(VerifyTokenTest, NeverUsesAKeyThatTheTokenBringsAlong) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  const RingName other = seeded_.AddTenant("other");
  const keystore::KeyRecord attacker = Enable(hsm::Algorithm::kEs256, other);
  const std::string jwks = BuildJwks(directory_.FindTenant(other.tenant)->published).json;
  // The attacker's own key in the header, the tenant's kid, the attacker's signature.
  const std::string header = absl::StrCat(R"({"alg":"ES256","kid":")", key.kid.value(), R"(","jwk":)",
                                          jwks.substr(9, jwks.size() - 11), R"(,"jku":"https://evil.example/jwks.json"})");
  const std::string input = absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(kValidClaims));
  const auto signature =
      tokens_.SigningWith(other, nullptr).Sign({DataInput{input}, std::nullopt, SignatureFormat::kRaw}, *signer_);
  ASSERT_TRUE(signature.ok()) << signature.status();
  ExpectInvalid(Verify(absl::StrCat(input, ".", Base64UrlEncode(*signature))).status(), reason::kTokenSignature);
}

TEST_F(VerifyTokenTest, RefusesACriticalExtensionEvenWithAGoodSignature) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  for (const char* extension : {R"("crit":["exp"],"exp":1)", R"("b64":false)", R"("crit":["b64"],"b64":false)", R"("typ":7)"}) {
    const std::string header = absl::StrCat(R"({"alg":"ES256","kid":")", key.kid.value(), R"(",)", extension, "}");
    ExpectInvalid(Verify(SignAnything(header, kValidClaims)).status(), reason::kTokenMalformed);
  }
}

TEST_F(VerifyTokenTest, RefusesEveryTruncationOfAToken) {
  Enable(hsm::Algorithm::kEs256);
  const std::string token = SignToken("{}");
  for (size_t length = 1; length < token.size(); ++length) {
    const auto verified = Verify(token.substr(0, length));
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kInvalidArgument) << length;
    EXPECT_TRUE(absl::StartsWith(GetReason(verified.status()), "TOKEN_")) << verified.status();
  }
}

TEST_F(VerifyTokenTest, RefusesWhatIsNoToken) {
  Enable(hsm::Algorithm::kEs256);
  const std::string token = SignToken();
  for (const std::string& text : {std::string("x"), std::string("a.b"), token + ".", token + ".AA", " " + token, token + "\n",
                                  absl::AsciiStrToUpper(token), std::string(131072, 'A'), std::string(131072, '.')}) {
    ExpectInvalid(Verify(text).status(), reason::kTokenMalformed);
  }
  ExpectInvalid(Verify("").status(), reason::kMissingField);
}

TEST_F(VerifyTokenTest, ReadsTheLargestTokenThatSignTokenMakesAndNothingAbove128KiB) {
  Enable(hsm::Algorithm::kEs256);
  EXPECT_TRUE(Verify(SignToken(absl::StrCat(R"({"a":")", std::string(65536 - 8, 'x'), R"("})"))).ok());
  const auto too_large = Verify(std::string(131073, 'A'));
  ExpectInvalid(too_large.status(), reason::kTokenMalformed);
  EXPECT_TRUE(absl::StrContains(too_large.status().message(), "131072")) << too_large.status();
}

TEST_F(VerifyTokenTest, RefusesAnExpiredTokenWithoutGrace) {
  Enable(hsm::Algorithm::kEs256);
  const std::string token = SignToken();
  clock_.Advance(absl::Hours(1) - absl::Seconds(1));
  EXPECT_TRUE(Verify(token).ok());
  clock_.Advance(absl::Seconds(1));
  ExpectInvalid(Verify(token).status(), reason::kTokenExpired);
}

TEST_F(VerifyTokenTest, RefusesATokenFromTheFutureBeyondTheSkew) {
  Enable(hsm::Algorithm::kEs256);
  const std::string token = SignToken();
  clock_.Advance(-absl::Seconds(60));
  EXPECT_TRUE(Verify(token).ok());
  clock_.Advance(-absl::Seconds(1));
  ExpectInvalid(Verify(token).status(), reason::kTokenNotYetValid);
}

TEST_F(VerifyTokenTest, RefusesAWellSignedTokenWhoseClaimsAreNotThisTenants) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  const std::string header = Header("ES256", key);
  EXPECT_TRUE(Verify(SignAnything(header, kValidClaims)).ok());
  ExpectInvalid(Verify(SignAnything(header, "Example of Ed25519 signing")).status(), reason::kTokenMalformed);
  ExpectInvalid(Verify(SignAnything(header, R"({"iss":"https://localhost:8444/t/acme"})")).status(), reason::kTokenMalformed);
  ExpectInvalid(Verify(SignAnything(header, R"({"exp":1800000000})")).status(), reason::kTokenIssuer);
  ExpectInvalid(Verify(SignAnything(header, R"({"iss":"https://localhost:8444/t/acme2","exp":1800000000})")).status(),
                reason::kTokenIssuer);
  ExpectInvalid(Verify(SignToken(), "c").status(), reason::kTokenAudience);
}

TEST_F(VerifyTokenTest, RefusesTheExamplesOfRfc7515AsTheyNameNoKey) {
  Enable(hsm::Algorithm::kEs256);
  const char kClaims[] = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  ExpectInvalid(Verify(absl::StrCat("eyJhbGciOiJub25lIn0.", kClaims, ".")).status(), reason::kTokenMalformed);
  ExpectInvalid(Verify(absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", kClaims,
                                    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"))
                    .status(),
                reason::kTokenMalformed);
}

TEST_F(VerifyTokenTest, SaysWhenTheTenantDoesNotExist) {
  Refresh();
  const auto verified = tokens_.VerifyToken({keystore::TenantId("nobody"), "e30.e30.AA", ""});
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetReason(verified.status()), reason::kTenantNotFound);
}

TEST_F(VerifyTokenTest, NoErrorQuotesTheTokenOrItsClaims) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  const std::string header = Header("ES256", key);
  std::vector<std::string> tokens = {"hunter2",
                                     "hunter2.hunter2.hunter2",
                                     SignAnything(header, R"({"iss":"hunter2","exp":1800000000})"),
                                     SignAnything(header, R"({"hunter2":hunter2})"),
                                     SignAnything(R"({"alg":"hunter2","kid":"hunter2"})", "{}"),
                                     SignAnything(R"({"alg":"ES256","kid":"hunter2"})", "{}")};
  for (const std::string& token : tokens) {
    const absl::Status status = Verify(token).status();
    EXPECT_FALSE(status.ok());
    EXPECT_FALSE(absl::StrContains(status.ToString(), "hunter2")) << status;
  }
}

}  // namespace
}  // namespace signet::core
