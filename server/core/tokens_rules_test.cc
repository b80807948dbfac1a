// Tests what Tokens signs for whom: the system tenant's rings, signing profiles, access tokens, revoked tokens.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "server/core/credential_directory.h"
#include "server/core/digest_signing.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"
#include "server/core/tokens.h"

namespace signet::core {
namespace {

using keystore::KeyState;
using keystore::SigningProfile;

constexpr SigningInput kInput = {DataInput{"x"}, std::nullopt, SignatureFormat::kRaw};

class TokensRulesTest : public testing::Test {
 protected:
  TokensRulesTest() {
    for (RingName* ring : {&acme_, &system_}) {
      *ring = seeded_.AddTenant(ring == &acme_ ? "acme" : "system");
      key_ = seeded_.AddKey(*ring, hsm::Algorithm::kEs256, KeyState::kEnabled);
    }
    const absl::Status status = directory_.Refresh();
    EXPECT_TRUE(status.ok()) << status;
  }

  absl::StatusOr<SignedToken> SignToken(const SigningProfile& profile, std::string claims,
                                        std::optional<absl::Duration> ttl = std::nullopt) {
    return tokens_.SignToken({acme_, std::move(claims), ttl, &profile}, *signer_);
  }

  SeededStore seeded_;
  CredentialDirectory credentials_;
  KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id()}, seeded_.store()};
  SigningLedger ledger_{{}, seeded_.store()};
  FakeClock clock_;
  SystemRandom random_;
  Tokens tokens_{directory_, ledger_, clock_, random_, &credentials_};
  std::unique_ptr<hsm::Signer> signer_ = seeded_.hsm().CreateSigner();
  RingName acme_;
  RingName system_;
  // Of the system's ring.
  keystore::KeyRecord key_;
};

std::vector<std::string> Parts(const std::string& token) {
  std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (std::string& part : parts) part = Base64UrlDecode(part).value_or("");
  return parts;
}

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}

void ExpectRefusedBy(absl::string_view rule, const absl::Status& status) {
  ExpectError(status, absl::StatusCode::kPermissionDenied, reason::kSigningProfile);
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("rule"), rule);
}

TEST_F(TokensRulesTest, NobodyHasTheSystemTenantsRingsSign) {
  ExpectError(tokens_.SignToken({system_, "", std::nullopt}, *signer_).status(), absl::StatusCode::kFailedPrecondition,
              reason::kTenantReserved);
  ExpectError(tokens_.SigningWith(system_, nullptr).Sign(kInput, *signer_).status(), absl::StatusCode::kFailedPrecondition,
              reason::kTenantReserved);
  // Not even one that there is not: the answer tells nothing of the rings.
  const RingName none = {system_.tenant, keystore::RingId("none")};
  ExpectError(tokens_.SignToken({none, "", std::nullopt}, *signer_).status(), absl::StatusCode::kFailedPrecondition,
              reason::kTenantReserved);
}

TEST_F(TokensRulesTest, SignAccessTokenMakesTokensOfRfc9068WithAnyTenantsRing) {
  const auto token = tokens_.SignAccessToken({system_, R"({"sub":"c","client_id":"c","aud":"api"})", absl::Minutes(10)}, *signer_);
  ASSERT_TRUE(token.ok()) << token.status();
  const std::vector<std::string> parts = Parts(token->token);
  EXPECT_EQ(parts[0], absl::StrCat(R"({"alg":"ES256","kid":")", key_.kid.value(), R"(","typ":"at+jwt"})"));
  EXPECT_EQ(parts[1], absl::StrCat(R"({"iss":"https://localhost:8444/t/system","iat":1700000000,"exp":1700000600,"jti":")",
                                   token->token_id, R"(","sub":"c","client_id":"c","aud":"api"})"));
  EXPECT_TRUE(tokens_.VerifyToken({system_.tenant, token->token, "api"}).ok());
  EXPECT_TRUE(tokens_.SignAccessToken({acme_, "{}", absl::Minutes(10)}, *signer_).ok());
}

TEST_F(TokensRulesTest, SignAccessTokenShortensALifeThatTheRingDoesNotAllow) {
  keystore::KeyPolicy policy;
  policy.max_token_ttl = absl::Minutes(5);
  seeded_.AddRing(acme_, policy);
  ASSERT_TRUE(directory_.Refresh().ok());
  EXPECT_EQ(tokens_.SignAccessToken({acme_, "{}", absl::Hours(1)}, *signer_)->expire_time, clock_.Now() + absl::Minutes(5));
  EXPECT_EQ(tokens_.SignAccessToken({acme_, "{}", absl::Milliseconds(2900)}, *signer_)->expire_time,
            clock_.Now() + absl::Seconds(2));
  ExpectError(tokens_.SignAccessToken({acme_, "{}", absl::Milliseconds(999)}, *signer_).status(),
              absl::StatusCode::kInvalidArgument, reason::kInvalidField);
}

TEST_F(TokensRulesTest, SignAccessTokenWithoutALifeTakesTheRingsWithinTheLongestThatIsGiven) {
  const auto life = [&](absl::Duration max_ttl) {
    const AccessTokenCommand command = {.ring = acme_, .claims_json = "{}", .ttl = std::nullopt, .max_ttl = max_ttl};
    const auto token = tokens_.SignAccessToken(command, *signer_);
    EXPECT_TRUE(token.ok()) << token.status();
    return token.ok() ? token->expire_time - token->issue_time : absl::ZeroDuration();
  };
  EXPECT_EQ(life(absl::InfiniteDuration()), absl::Hours(1));
  EXPECT_EQ(life(absl::Milliseconds(2900)), absl::Seconds(2));
  const AccessTokenCommand too_short = {.ring = acme_, .claims_json = "{}", .ttl = absl::Hours(1), .max_ttl = absl::ZeroDuration()};
  ExpectError(tokens_.SignAccessToken(too_short, *signer_).status(), absl::StatusCode::kInvalidArgument, reason::kInvalidField);
}

TEST_F(TokensRulesTest, SignAccessTokenLeavesTheServersClaimsToTheServer) {
  ExpectError(tokens_.SignAccessToken({acme_, R"({"iss":"x"})", absl::Hours(1)}, *signer_).status(),
              absl::StatusCode::kInvalidArgument, reason::kClaimReserved);
}

TEST_F(TokensRulesTest, AProfileLimitsTheRingOfTokensAndOfSignatures) {
  const SigningProfile other = {.key_rings = {keystore::RingId("other")}};
  const SigningProfile this_one = {.key_rings = {acme_.ring}};
  ExpectRefusedBy("key_rings", SignToken(other, "").status());
  ExpectRefusedBy("key_rings", tokens_.SigningWith(acme_, &other).Sign(kInput, *signer_).status());
  EXPECT_TRUE(SignToken(this_one, "").ok());
  EXPECT_TRUE(tokens_.SigningWith(acme_, &this_one).Sign(kInput, *signer_).ok());
}

TEST_F(TokensRulesTest, AProfileLimitsTheClaims) {
  const SigningProfile profile = {.fixed_claims_json = R"({"zone":"eu"})", .audiences = {"a"}};
  const auto token = SignToken(profile, R"({"aud":"a"})");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_TRUE(absl::EndsWith(Parts(token->token)[1], R"("aud":"a","zone":"eu"})"));
  ExpectRefusedBy("fixed_claims_json", SignToken(profile, R"({"aud":"a","zone":"us"})").status());
  ExpectRefusedBy("audiences", SignToken(profile, "").status());
}

TEST_F(TokensRulesTest, AProfileRefusesALifeThatIsTooLongAndShortensTheDefault) {
  const SigningProfile profile = {.max_ttl = absl::Milliseconds(90'500)};
  EXPECT_EQ(SignToken(profile, "")->expire_time, clock_.Now() + absl::Seconds(90));
  EXPECT_EQ(SignToken(profile, "", absl::Seconds(30))->expire_time, clock_.Now() + absl::Seconds(30));
  ExpectRefusedBy("max_ttl", SignToken(profile, "", absl::Seconds(91)).status());
  const SigningProfile generous = {.max_ttl = absl::Hours(1000)};
  EXPECT_EQ(SignToken(generous, "")->expire_time, clock_.Now() + absl::Hours(1));
  ExpectError(SignToken(generous, "", absl::Hours(25)).status(), absl::StatusCode::kInvalidArgument, reason::kTtlTooLong);
}

TEST_F(TokensRulesTest, VerifyTokenRefusesARevokedToken) {
  const auto token = tokens_.SignToken({acme_, R"({"client_id":"ci"})", std::nullopt}, *signer_);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_TRUE(tokens_.VerifyToken({acme_.tenant, token->token, ""}).ok());
  credentials_.Take(keystore::RevokedToken{
      .token_id = RevocationId("ci", token->token_id), .tenant = acme_.tenant, .expire_time = token->expire_time});
  ExpectError(tokens_.VerifyToken({acme_.tenant, token->token, ""}).status(), absl::StatusCode::kInvalidArgument,
              reason::kTokenRevoked);
}

}  // namespace
}  // namespace signet::core
