#include "server/core/tokens.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/digest_signing.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"

namespace signet::core {
namespace {

using keystore::KeyState;

class TokensTest : public testing::Test {
 protected:
  TokensTest() { acme_ = seeded_.AddTenant("acme"); }

  // Gives acme's ring an enabled key.
  keystore::KeyRecord Enable(hsm::Algorithm algorithm) {
    keystore::KeyRecord key = seeded_.AddKey(acme_, algorithm, KeyState::kEnabled);
    Refresh();
    return key;
  }
  void Refresh() {
    const absl::Status status = directory_.Refresh();
    ASSERT_TRUE(status.ok()) << status;
  }
  absl::StatusOr<SignedToken> SignToken(std::string claims, std::optional<absl::Duration> ttl = std::nullopt) {
    return tokens_.SignToken({acme_, std::move(claims), ttl}, *signer_);
  }
  absl::StatusOr<std::string> SignData(hsm::Signer& signer) {
    return tokens_.SigningWith(acme_, nullptr).Sign({DataInput{"x"}, std::nullopt, SignatureFormat::kRaw}, signer);
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

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
}
void ExpectInvalid(const absl::Status& status, absl::string_view reason) {
  ExpectError(status, absl::StatusCode::kInvalidArgument, reason);
}

std::string PayloadOf(const std::string& token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  return parts.size() == 3 ? Base64UrlDecode(parts[1]).value_or("") : "";
}

TEST_F(TokensTest, SignTokenPutsTheServersClaimsAheadOfTheCallers) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  clock_.Advance(absl::Milliseconds(700));
  const auto token = SignToken(R"({ "sub": "alice", "roles": ["a", "b"] })");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(PayloadOf(token->token),
            absl::StrCat(R"({"iss":"https://localhost:8444/t/acme","iat":1700000000,"exp":1700003600,"jti":")", token->token_id,
                         R"(","sub":"alice","roles":["a","b"]})"));
  EXPECT_EQ(token->key, (KeyName{acme_, key.kid}));
  EXPECT_EQ(token->issue_time, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(token->expire_time, absl::FromUnixSeconds(1'700'003'600));
}

TEST_F(TokensTest, SignTokenMakesAnotherTokenIdEachTime) {
  Enable(hsm::Algorithm::kEs256);
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.insert(SignToken("")->token_id);
  EXPECT_EQ(ids.size(), 20u);
}

TEST_F(TokensTest, SignTokenTakesTheLifetimeAskedForUpToTheRingsLongest) {
  Enable(hsm::Algorithm::kEs256);
  EXPECT_EQ(SignToken("", absl::Seconds(1))->expire_time, clock_.Now() + absl::Seconds(1));
  EXPECT_EQ(SignToken("", absl::Hours(24))->expire_time, clock_.Now() + absl::Hours(24));
  const auto too_long = SignToken("", absl::Hours(24) + absl::Seconds(1));
  ExpectInvalid(too_long.status(), reason::kTtlTooLong);
  EXPECT_EQ(GetErrorDetail(too_long.status())->metadata.at("max_token_ttl"), "86400s");
  ExpectInvalid(SignToken("", absl::InfiniteDuration()).status(), reason::kTtlTooLong);
}

TEST_F(TokensTest, SignTokenRefusesALifetimeThatIsNotOfWholeSeconds) {
  Enable(hsm::Algorithm::kEs256);
  for (const absl::Duration ttl : {absl::ZeroDuration(), absl::Seconds(-1), absl::Milliseconds(999), absl::Milliseconds(1500),
                                   -absl::InfiniteDuration(), absl::Seconds(60) + absl::Nanoseconds(1)}) {
    const auto token = SignToken("", ttl);
    ExpectInvalid(token.status(), reason::kInvalidField);
    EXPECT_EQ(GetErrorDetail(token.status())->metadata.at("field"), "ttl");
  }
}

TEST_F(TokensTest, SignTokenWithoutALifetimeStaysWithinAShortRing) {
  keystore::KeyPolicy policy;
  policy.max_token_ttl = absl::Minutes(5);
  seeded_.AddRing(acme_, policy);
  Enable(hsm::Algorithm::kEs256);
  EXPECT_EQ(SignToken("")->expire_time, clock_.Now() + absl::Minutes(5));
}

TEST_F(TokensTest, SignTokenRefusesClaimsThatAreWrong) {
  Enable(hsm::Algorithm::kEs256);
  ExpectInvalid(SignToken("[]").status(), reason::kClaimsInvalid);
  ExpectInvalid(SignToken(R"({"exp":1})").status(), reason::kClaimReserved);
  ExpectInvalid(SignToken(absl::StrCat(R"({"a":")", std::string(kMaxDataSize, 'x'), R"("})")).status(), reason::kClaimsTooLarge);
}

TEST_F(TokensTest, SignTokenMakesNoTokenThatVerifyTokenWouldNotRead) {
  Enable(hsm::Algorithm::kEs256);
  std::string numbers = "1e14";
  while (numbers.size() < 60'000) numbers += ",1e14";
  ExpectInvalid(SignToken(absl::StrCat(R"({"a":[)", numbers, "]}")).status(), reason::kClaimsTooLarge);
}

TEST_F(TokensTest, SigningNeedsATenantARingAndAnEnabledKey) {
  Refresh();
  const SignTokenCommand no_tenant = {{keystore::TenantId("nobody"), acme_.ring}, "", std::nullopt};
  const SignTokenCommand no_ring = {{acme_.tenant, keystore::RingId("saml")}, "", std::nullopt};
  auto status = tokens_.SignToken(no_tenant, *signer_).status();
  ExpectError(status, absl::StatusCode::kNotFound, reason::kTenantNotFound);
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("tenant"), "tenants/nobody");
  status = tokens_.SignToken(no_ring, *signer_).status();
  ExpectError(status, absl::StatusCode::kNotFound, reason::kKeyRingNotFound);
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("ring"), "tenants/acme/keyRings/saml");
  ExpectError(SignToken("").status(), absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey);
  ExpectError(SignData(*signer_).status(), absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey);

  keystore::KeyRecord key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  Refresh();
  ExpectError(SignToken("").status(), absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey);
  seeded_.SetState(key, KeyState::kEnabled);
  Refresh();
  EXPECT_TRUE(SignToken("").ok());
}

TEST_F(TokensTest, APrivateKeyThatTheHsmDoesNotHoldIsNoMissingNameOfTheCallers) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  ASSERT_TRUE(seeded_.hsm().DestroyKey(HsmKeyId(key.uid)).ok());
  ExpectError(SignToken("").status(), absl::StatusCode::kUnavailable, reason::kHsmUnavailable);
  ExpectError(SignData(*signer_).status(), absl::StatusCode::kUnavailable, reason::kHsmUnavailable);
}

// PurgingSigner has a purge go through while it signs for the first time.
class PurgingSigner final : public hsm::Signer {
 public:
  PurgingSigner(hsm::Signer& signer, std::function<void()> purge) : signer_(signer), purge_(std::move(purge)) {}
  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override {
    if (purge_) std::exchange(purge_, nullptr)();
    return signer_.Sign(key, digest);
  }

 private:
  hsm::Signer& signer_;
  std::function<void()> purge_;
};

TEST_F(TokensTest, ATokenThatAPurgeOvertakesIsSignedWithTheNewKey) {
  keystore::KeyRecord first = Enable(hsm::Algorithm::kEs256);
  keystore::KeyRecord second;
  PurgingSigner signer(*signer_, [&] {
    seeded_.SetState(first, KeyState::kRevoked);
    second = Enable(hsm::Algorithm::kEs256);
    ASSERT_TRUE(seeded_.hsm().DestroyKey(HsmKeyId(first.uid)).ok());
  });
  const auto token = tokens_.SignToken({acme_, "{}", std::nullopt}, signer);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->key.kid, second.kid);
  EXPECT_TRUE(tokens_.VerifyToken({acme_.tenant, token->token, ""}).ok());
}

// UnwellSigner fails as a token does.
class UnwellSigner : public hsm::Signer {
 public:
  absl::StatusOr<std::string> Sign(const hsm::KeySpec&, absl::string_view) override {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kHsmPinRefused, "the token refused the pin");
  }
};

TEST_F(TokensTest, APinThatTheTokenRefusedIsAServerThatDoesNotSignForNow) {
  Enable(hsm::Algorithm::kEs256);
  UnwellSigner unwell;
  ExpectError(SignData(unwell).status(), absl::StatusCode::kUnavailable, reason::kHsmPinRefused);
  ExpectError(tokens_.SignToken({acme_, "", std::nullopt}, unwell).status(), absl::StatusCode::kUnavailable,
              reason::kHsmPinRefused);
}

TEST_F(TokensTest, NothingIsSignedOnceTheStoreHasNotConfirmedTheKeysForTheRingsGrace) {
  const keystore::KeyRecord key = Enable(hsm::Algorithm::kEs256);
  const absl::StatusOr<SignedToken> token = SignToken("{}");
  ASSERT_TRUE(token.ok());
  keystore::KeyPolicy impatient;
  impatient.signing_grace = absl::ZeroDuration();  // Less than a policy may say: over as soon as it begins.
  seeded_.AddRing(acme_, impatient);
  Refresh();
  EXPECT_EQ(GetReason(SignToken("{}").status()), reason::kStoreUnavailable);
  EXPECT_EQ(GetReason(SignData(*signer_).status()), reason::kStoreUnavailable);
  EXPECT_TRUE(tokens_.VerifyToken({key.tenant, token->token, ""}).ok()) << "verifying goes on";
}

TEST_F(TokensTest, NothingIsSignedWhileAChangeCouldNotBeReadBack) {
  Enable(hsm::Algorithm::kEs256);
  directory_.Distrust();
  EXPECT_EQ(GetReason(SignToken("{}").status()), reason::kStoreUnavailable);
  Refresh();
  EXPECT_TRUE(SignToken("{}").ok());
}

}  // namespace
}  // namespace signet::core
