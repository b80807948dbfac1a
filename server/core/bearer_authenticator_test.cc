#include "server/core/bearer_authenticator.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

using keystore::CredentialKind;
using keystore::CredentialRecord;

class BearerAuthenticatorTest : public OAuthTest {
 protected:
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(const std::string& token, const std::string& peer = "") {
    return authenticator_.Authenticate(token, peer);
  }
  void ExpectRefused(const std::string& token, absl::string_view why, const std::string& peer = "") {
    observer_.failures.clear();
    const auto principal = Authenticate(token, peer);
    EXPECT_EQ(principal.status().code(), absl::StatusCode::kUnauthenticated) << principal.status();
    EXPECT_EQ(GetReason(principal.status()), reason::kBearerTokenInvalid);
    ASSERT_EQ(observer_.failures.size(), 1u);
    EXPECT_EQ(observer_.failures[0].reason, why);
  }
  // A token of the API that no endpoint has issued, with a good signature.
  std::string Forge(const std::string& claims) {
    return SignAnything(system_, absl::StrCat(R"({"alg":"ES256","kid":")", KidOf(system_), R"(","typ":"at+jwt"})"),
                        absl::StrCat(R"({"iss":"https://signet.example/t/system","iat":1700000000,"exp":1700000600,"jti":"j",)"
                                     R"("sub":"client-ci","client_id":"client-ci",)",
                                     claims, "}"));
  }

  BearerAuthenticator authenticator_{
      {.audiences = {kApi, kOtherApi}, .observer = &observer_}, process().directory, process().credentials, clock_};
};

TEST_F(BearerAuthenticatorTest, RecognisesTheClientOfATokenOfSignetsOwnApi) {
  CredentialRecord credential = Credential("ci", CredentialKind::kClientSecret);
  credential.signing_profile.key_rings = {acme_.ring};
  const ClientEvidence client = NewSecretClient(credential);
  for (const char* audience : {"", kApi, kOtherApi}) {
    const auto principal = Authenticate(NewToken({client, audience, "sign:tokens"}));
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ((*principal)->name, "tenants/acme/credentials/ci");
    EXPECT_EQ((*principal)->tenant, acme_.tenant);
    EXPECT_EQ((*principal)->scopes, ScopeSet{Scope::kSignTokens});
    EXPECT_EQ((*principal)->signing_profile, credential.signing_profile);
  }
}

TEST_F(BearerAuthenticatorTest, RemembersATokenThatWasGood) {
  const std::string token = NewToken({NewSecretClient("ci")});
  const auto first = Authenticate(token);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Authenticate(token).value(), *first);
  NewSecretClient("another");
  EXPECT_TRUE(Authenticate(token).ok()) << "changes elsewhere do no harm";
}

TEST_F(BearerAuthenticatorTest, RefusesATokenFromTheSecondOfItsExpiryOn) {
  const std::string token = NewToken({NewSecretClient("ci")});
  EXPECT_TRUE(Authenticate(token).ok());
  clock_.Advance(absl::Hours(1) - absl::Seconds(1));
  EXPECT_TRUE(Authenticate(token).ok());
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(token, reason::kTokenExpired);
}

TEST_F(BearerAuthenticatorTest, RefusesATokenAtOnceThatWasRevoked) {
  const ClientEvidence client = NewSecretClient("ci");
  const std::string token = NewToken({client});
  const std::string other = NewToken({client});
  EXPECT_TRUE(Authenticate(token).ok());
  EXPECT_EQ(ErrorOf(process().oauth.Revoke(acme_.tenant, client, token)), "");
  ExpectRefused(token, reason::kTokenRevoked);
  EXPECT_EQ(observer_.failures[0].client, "client-ci");
  EXPECT_EQ(observer_.failures[0].tenant, acme_.tenant);
  EXPECT_TRUE(Authenticate(other).ok());
}

TEST_F(BearerAuthenticatorTest, RefusesTokensAtOnceWhoseCredentialIsDeletedOrHasEnded) {
  CredentialRecord credential = Credential("ci", CredentialKind::kClientSecret);
  credential.expire_time = clock_.Now() + absl::Minutes(10);
  const std::string token = NewToken({NewSecretClient(credential)});
  EXPECT_TRUE(Authenticate(token).ok());
  CredentialRecord later = Stored(credential);
  later.expire_time = clock_.Now() + absl::Minutes(1);
  Put(later);
  EXPECT_TRUE(Authenticate(token).ok());
  clock_.Advance(absl::Minutes(1));
  ExpectRefused(token, reason::kCredentialNotFound);
  clock_.Advance(absl::Minutes(-1));
  EXPECT_TRUE(Authenticate(token).ok());
  later.delete_time = clock_.Now();
  Put(later);
  ExpectRefused(token, reason::kCredentialNotFound);
  // Its name's next credential is another client.
  CredentialRecord next = Credential("ci", CredentialKind::kClientSecret);
  next.client_id = "client-next";
  Put(next);
  ExpectRefused(token, reason::kCredentialNotFound);
}

TEST_F(BearerAuthenticatorTest, LeavesATokenNoScopeThatItsCredentialHasNot) {
  const ClientEvidence client = NewSecretClient("ci");
  const std::string token = Forge(R"("aud":"https://signet.example","scope":"manage:tenants read:audit unknown:word")");
  EXPECT_EQ((*Authenticate(token))->scopes, ScopeSet{Scope::kReadAudit});
  CredentialRecord credential = Stored(Credential("ci", CredentialKind::kClientSecret));
  credential.scopes = {"manage:tenants", "of:the:future", "read:audit"};
  Put(credential);
  EXPECT_EQ((*Authenticate(token))->scopes, (ScopeSet{Scope::kReadAudit, Scope::kManageTenants}));
  credential.read_only = true;
  Put(credential);
  EXPECT_EQ((*Authenticate(token))->scopes, ScopeSet{Scope::kReadAudit});
  EXPECT_EQ((*Authenticate(Forge(R"("aud":"https://signet.example")")))->scopes, ScopeSet{});
}

TEST_F(BearerAuthenticatorTest, RefusesTokensForOthers) {
  CredentialRecord credential = Credential("ci", CredentialKind::kClientSecret);
  credential.grants = {{"https://orders.example", {"read"}}};
  const ClientEvidence client = NewSecretClient(credential);
  ExpectRefused(NewToken({client, "https://orders.example"}), reason::kTokenKeyUnknown);
  ExpectRefused(Forge(R"("aud":"https://orders.example")"), reason::kTokenAudience);
  ExpectRefused(Forge(R"("aud":"https://signet.example/")"), reason::kTokenAudience);
  EXPECT_TRUE(Authenticate(Forge(R"("aud":["https://orders.example","https://signet.example"])")).ok());
}

TEST_F(BearerAuthenticatorTest, RefusesWhatTenantsHaveSigned) {
  NewSecretClient("ci");
  const auto signed_token = process().tokens.SignToken(
      {acme_, R"({"sub":"client-ci","client_id":"client-ci","aud":"https://signet.example"})", std::nullopt}, *signer_);
  ASSERT_TRUE(signed_token.ok());
  ExpectRefused(signed_token->token, reason::kTokenKeyUnknown);
}

TEST_F(BearerAuthenticatorTest, RefusesTheTokensOfAKeyThatIsGoneFromTheSystemsRing) {
  const std::string token = NewToken({NewSecretClient("ci")});
  EXPECT_TRUE(Authenticate(token).ok());
  auto keys = seeded_.store().ListKeys(system_.tenant, system_.ring, keystore::KeyStore::Tombstones::kHide, {"", 10}).value();
  seeded_.SetState(keys.at(0), keystore::KeyState::kDisabled);
  seeded_.AddKey(system_, hsm::Algorithm::kEs256, keystore::KeyState::kEnabled);
  Refresh();
  EXPECT_TRUE(Authenticate(token).ok()) << "a previous key still verifies";
  seeded_.SetState(keys.at(0), keystore::KeyState::kRevoked);
  Refresh();
  ExpectRefused(token, reason::kTokenKeyUnknown);
}

TEST_F(BearerAuthenticatorTest, RefusesHostileTokensAndRemembersNoneOfThem) {
  NewSecretClient("ci");
  const std::string good = Forge(R"("aud":"https://signet.example")");
  std::string tampered = good;
  tampered[good.find('.') + 5] ^= 1;
  for (int i = 0; i < 2; ++i) {
    ExpectRefused("", reason::kTokenMalformed);
    ExpectRefused("x y", reason::kTokenMalformed);
    ExpectRefused(std::string(1'000'000, 'a'), reason::kTokenMalformed);
    ExpectRefused(tampered, reason::kTokenSignature);
    ExpectRefused(good.substr(0, good.rfind('.') + 1), reason::kTokenSignature);
    EXPECT_EQ(observer_.failures[0].client, "") << "nobody has signed who that is";
  }
  EXPECT_TRUE(Authenticate(good).ok());
}

TEST_F(BearerAuthenticatorTest, RecognisesNobodyWhereThereIsNoSystemTenant) {
  NewSecretClient("ci");
  const std::string token = Forge(R"("aud":"https://signet.example")");
  keystore::TenantRecord system = seeded_.store().GetTenant(system_.tenant).value().value();
  system.delete_time = clock_.Now();
  seeded_.Put({system});
  Refresh();
  ExpectRefused(token, reason::kTokenKeyUnknown);
}

TEST_F(BearerAuthenticatorTest, TakesABoundTokenOnlyFromWhoPresentsItsCertificate) {
  const hsm::TestAuthority authority{.name = "self"};
  const std::string der = hsm::Issue(authority, "self", authority.key.get());
  const std::string other = hsm::Issue(authority, "other", authority.key.get());
  CredentialRecord credential = Credential("ci", CredentialKind::kCertificate);
  keystore::ClientCertificate certificate;
  certificate.der = der;
  credential.certificates = {certificate};
  Put(credential);
  const std::string token = NewToken({{.client_id = "client-ci", .peer_chain_pem = hsm::ChainToPem({der})}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Authenticate(token, hsm::ChainToPem({der})).ok());
    ExpectRefused(token, "CERTIFICATE_BINDING");
    ExpectRefused(token, "CERTIFICATE_BINDING", hsm::ChainToPem({other}));
    ExpectRefused(token, "CERTIFICATE_BINDING", hsm::ChainToPem({other, der}));
    ExpectRefused(token, "CERTIFICATE_BINDING", "no certificate");
  }
  ExpectRefused(Forge(R"("aud":"https://signet.example")"), reason::kTokenMalformed, hsm::ChainToPem({der}));
}

}  // namespace
}  // namespace signet::core
