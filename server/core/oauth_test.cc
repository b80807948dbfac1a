#include "server/core/oauth.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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
using keystore::TenantId;
using ::testing::ElementsAre;

constexpr char kOrders[] = "https://orders.example";

class OAuthServiceTest : public OAuthTest {
 protected:
  // A client with scopes at Signet's API, and a grant at another.
  ClientEvidence NewClient(const std::string& id, const std::string& tenant = "acme") {
    CredentialRecord credential = Credential(id, CredentialKind::kClientSecret, tenant);
    credential.grants = {{kOrders, {"read", "write"}}};
    return NewSecretClient(credential);
  }
  nlohmann::json Introspect(const ClientEvidence& client, const std::string& token, const std::string& tenant = "acme") {
    const auto result = process().oauth.Introspect(TenantId(tenant), client, token);
    EXPECT_EQ(ErrorOf(result), "");
    return nlohmann::json::parse(std::get<std::string>(result));
  }
  bool IsActive(const ClientEvidence& client, const std::string& token, const std::string& tenant = "acme") {
    const nlohmann::json answer = Introspect(client, token, tenant);
    const bool active = answer.at("active").get<bool>();
    EXPECT_TRUE(active || answer.size() == 1) << answer;
    return active;
  }
  std::string Revoke(const ClientEvidence& client, const std::string& token, const std::string& tenant = "acme") {
    return ErrorOf(process().oauth.Revoke(TenantId(tenant), client, token));
  }
  size_t Revocations() {
    keystore::KeyStore::EventFilter filter;
    filter.action = "RevokeToken";
    return seeded_.store().ListEvents(filter, {"", 1000}).value().size();
  }
};

std::vector<std::string> Names(const nlohmann::ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST_F(OAuthServiceTest, IssuesTokensForSignetsApiByTheSystemsKey) {
  const std::string token = NewToken({NewClient("ci")});
  EXPECT_EQ(PartOf(token, 0), (nlohmann::ordered_json{{"alg", "ES256"}, {"kid", KidOf(system_)}, {"typ", "at+jwt"}}));
  const nlohmann::ordered_json claims = PartOf(token, 1);
  EXPECT_THAT(Names(claims), ElementsAre("iss", "iat", "exp", "jti", "sub", "client_id", "aud", "scope"));
  EXPECT_EQ(claims["iss"], "https://signet.example/t/system");
  EXPECT_EQ(claims["sub"], "client-ci");
  EXPECT_EQ(claims["client_id"], "client-ci");
  EXPECT_EQ(claims["aud"], kApi);
  EXPECT_EQ(claims["scope"], "read:audit sign:tokens");
  EXPECT_EQ(claims["iat"], 1'700'000'000);
  EXPECT_EQ(claims["exp"], 1'700'003'600);
  EXPECT_TRUE(process().tokens.VerifyToken({system_.tenant, token, kApi}).ok());
}

TEST_F(OAuthServiceTest, IssuesTokensForOthersByTheTenantsKey) {
  const auto result = Issue({NewClient("ci"), kOrders, "write"});
  ASSERT_EQ(ErrorOf(result), "");
  const AccessToken& token = std::get<AccessToken>(result);
  EXPECT_EQ(token.expires_in, absl::Hours(1));
  EXPECT_EQ(token.scope, "write");
  EXPECT_EQ(PartOf(token.token, 0)["kid"], KidOf(acme_));
  EXPECT_EQ(PartOf(token.token, 1)["iss"], "https://signet.example/t/acme");
  EXPECT_EQ(PartOf(token.token, 1)["aud"], kOrders);
  EXPECT_TRUE(process().tokens.VerifyToken({acme_.tenant, token.token, kOrders}).ok());
}

TEST_F(OAuthServiceTest, IssuesATokenWithoutScopeWhereNoneIsGranted) {
  CredentialRecord credential = Credential("ci", CredentialKind::kClientSecret);
  credential.scopes.clear();
  credential.grants = {{kOrders, {}}};
  EXPECT_THAT(Names(PartOf(NewToken({NewSecretClient(credential)}), 1)),
              ElementsAre("iss", "iat", "exp", "jti", "sub", "client_id", "aud"));
}

TEST_F(OAuthServiceTest, RefusesWhatIsNotGranted) {
  const ClientEvidence client = NewClient("ci");
  EXPECT_EQ(ErrorOf(Issue({client, "https://evil.example"})), "invalid_target");
  EXPECT_EQ(ErrorOf(Issue({client, "", "manage:tenants"})), "invalid_scope");
  EXPECT_EQ(ErrorOf(Issue({client, kOrders, "sign:tokens"})), "invalid_scope");
  EXPECT_EQ(ErrorOf(Issue({client}, "other")), "invalid_client");
  EXPECT_EQ(ErrorOf(Issue({{"client-ci", Secret("wrong")}, "https://evil.example"})), "invalid_client");
}

TEST_F(OAuthServiceTest, BindsTheTokensOfACertificateToIt) {
  const hsm::TestAuthority self{.name = "self"};
  const std::string der = hsm::Issue(self, "self", self.key.get());
  CredentialRecord credential = Credential("ci", CredentialKind::kCertificate);
  credential.grants = {{kOrders, {}}};
  keystore::ClientCertificate certificate;
  certificate.der = der;
  credential.certificates = {certificate};
  Put(credential);
  const ClientEvidence client = {.client_id = "client-ci", .peer_chain_pem = hsm::ChainToPem({der})};
  for (const char* audience : {"", kOrders}) {
    EXPECT_EQ(PartOf(NewToken({client, audience}), 1)["cnf"],
              (nlohmann::ordered_json{{"x5t#S256", PeerThumbprint(client.peer_chain_pem)}}));
  }
  EXPECT_EQ(Introspect(client, NewToken({client}))["cnf"]["x5t#S256"], PeerThumbprint(client.peer_chain_pem));
}

TEST_F(OAuthServiceTest, AsksWhetherAClientMayHaveATokenOnceItHasAuthenticated) {
  std::vector<std::string> asked;
  absl::Status verdict;
  const OAuth oauth({.audiences = {kApi},
                     .admit =
                         [&](const CredentialRecord& client) {
                           asked.push_back(client.client_id);
                           return verdict;
                         }},
                    process().services, process().credentials, process().tokens, process().clients);
  const ClientEvidence client = NewClient("ci");
  EXPECT_EQ(ErrorOf(oauth.IssueToken(acme_.tenant, {{"client-ci", Secret("wrong")}}, *signer_)), "invalid_client");
  EXPECT_EQ(ErrorOf(oauth.IssueToken(acme_.tenant, {client}, *signer_)), "");
  EXPECT_THAT(asked, ElementsAre("client-ci"));
  verdict = Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited, "too fast", {}, absl::Seconds(7));
  const auto result = oauth.IssueToken(acme_.tenant, {client}, *signer_);
  EXPECT_EQ(ErrorOf(result), "temporarily_unavailable");
  EXPECT_EQ(GetErrorDetail(std::get<OAuthError>(result).cause)->retry_delay, absl::Seconds(7));
}

TEST_F(OAuthServiceTest, IsUnavailableWhileStoreOrHsmAre) {
  const ClientEvidence client = NewClient("ci");
  process().directory.Distrust();
  EXPECT_EQ(ErrorOf(Issue({client})), "temporarily_unavailable");
  Refresh();
  const auto key = process().directory.FindTenant(system_.tenant)->rings.at(system_.ring).current;
  ASSERT_TRUE(seeded_.hsm().DestroyKey(key->signing_form().spec.id).ok());
  EXPECT_EQ(ErrorOf(Issue({client})), "temporarily_unavailable");
  EXPECT_EQ(ErrorOf(Issue({client, kOrders})), "") << "the tenant's own key is there";
}

TEST_F(OAuthServiceTest, IsUnavailableUntilAKeyIsEnabled) {
  const ClientEvidence client = NewClient("ci", "system");
  seeded_.AddTenant("bare");
  const auto result = Issue({NewClient("bare", "bare"), kOrders}, "bare");
  EXPECT_EQ(ErrorOf(result), "temporarily_unavailable");
  EXPECT_EQ(GetReason(std::get<OAuthError>(result).cause), reason::kNoEnabledKey);
  EXPECT_EQ(ErrorOf(Issue({NewClient("bare2", "bare")}, "bare")), "") << "signet's own api needs no key of the tenant";
  EXPECT_EQ(ErrorOf(Issue({client}, "system")), "");
}

TEST_F(OAuthServiceTest, IntrospectionTellsAnyClientOfTheTenantAllThatATokenSays) {
  const ClientEvidence client = NewClient("ci");
  const ClientEvidence asker = NewClient("asker");
  for (const char* audience : {kApi, kOrders}) {
    const std::string token = NewToken({client, audience});
    nlohmann::json expected = PartOf(token, 1);
    expected["active"] = true;
    expected["token_type"] = "Bearer";
    EXPECT_EQ(Introspect(asker, token), expected);
  }
}

TEST_F(OAuthServiceTest, IntrospectionFindsTokensOfOtherTenantsInactive) {
  const ClientEvidence client = NewClient("ci");
  const ClientEvidence stranger = NewClient("stranger", "other");
  const ClientEvidence own = NewClient("own", "system");
  for (const char* audience : {kApi, kOrders}) {
    const std::string token = NewToken({client, audience});
    EXPECT_TRUE(IsActive(client, token));
    EXPECT_FALSE(IsActive(stranger, token, "other"));
    EXPECT_FALSE(IsActive(own, token, "system"));
  }
  EXPECT_EQ(ErrorOf(process().oauth.Introspect(acme_.tenant, stranger, "x")), "invalid_client");
}

TEST_F(OAuthServiceTest, IntrospectionFindsWhatNoEndpointIssuedInactive) {
  const ClientEvidence client = NewClient("ci");
  const auto signed_token =
      process().tokens.SignToken({acme_, R"({"sub":"client-ci","client_id":"client-ci","aud":"a"})", std::nullopt}, *signer_);
  std::string tampered = NewToken({client});
  tampered[tampered.find('.') + 5] ^= 1;
  for (const std::string& token : {signed_token->token, tampered, std::string(), std::string("x"), std::string(100'000, 'x')}) {
    EXPECT_FALSE(IsActive(client, token)) << token.substr(0, 100);
  }
}

TEST_F(OAuthServiceTest, IntrospectionFindsTokensInactiveThatNoLongerCount) {
  const ClientEvidence client = NewClient("ci");
  const ClientEvidence asker = NewClient("asker");
  const std::string revoked = NewToken({client, kOrders});
  EXPECT_EQ(Revoke(client, revoked), "");
  EXPECT_FALSE(IsActive(asker, revoked));

  const std::string token = NewToken({client, kOrders});
  clock_.Advance(absl::Hours(1) - absl::Seconds(1));
  EXPECT_TRUE(IsActive(asker, token));
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(IsActive(asker, token));

  const std::string orphan = NewToken({client, kOrders});
  CredentialRecord credential = Stored(Credential("ci", CredentialKind::kClientSecret));
  credential.delete_time = clock_.Now();
  Put(credential);
  EXPECT_FALSE(IsActive(asker, orphan));
}

TEST_F(OAuthServiceTest, RevocationVoidsATokenEverywhereAndAfterARestart) {
  const ClientEvidence client = NewClient("ci");
  const std::string token = NewToken({client, kOrders});
  const std::unique_ptr<OAuthProcess> replica = NewProcess();
  EXPECT_EQ(Revoke(client, token), "");
  EXPECT_EQ(GetReason(process().tokens.VerifyToken({acme_.tenant, token, ""}).status()), reason::kTokenRevoked);
  ASSERT_TRUE(replica->directory.Refresh().ok());
  EXPECT_EQ(GetReason(replica->tokens.VerifyToken({acme_.tenant, token, ""}).status()), reason::kTokenRevoked);
  EXPECT_EQ(GetReason(NewProcess()->tokens.VerifyToken({acme_.tenant, token, ""}).status()), reason::kTokenRevoked);
}

TEST_F(OAuthServiceTest, RevocationLeavesAnEventWithoutTheToken) {
  const ClientEvidence client = NewClient("ci");
  const std::string token = NewToken({client});
  EXPECT_EQ(Revoke(client, token), "");
  const keystore::Event event = seeded_.store().ListEvents({}, {"", 1000}).value().back();
  EXPECT_EQ(event.action, "RevokeToken");
  EXPECT_EQ(event.actor, "tenants/acme/credentials/ci");
  EXPECT_EQ(event.resource, "tenants/acme/credentials/ci");
  EXPECT_EQ(event.tenant, acme_.tenant);
  EXPECT_TRUE(absl::StrContains(event.after, PartOf(token, 1)["jti"].get<std::string>())) << event.after;
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  EXPECT_FALSE(absl::StrContains(event.after, parts[2]));
}

TEST_F(OAuthServiceTest, RevocationOfWhatIsVoidAlreadySucceedsAndDoesNothing) {
  const ClientEvidence client = NewClient("ci");
  const std::string token = NewToken({client});
  EXPECT_EQ(Revoke(client, token), "");
  EXPECT_EQ(Revoke(client, token), "");
  EXPECT_EQ(Revocations(), 1u);
  for (const char* other : {"", "x", "a.b.c"}) EXPECT_EQ(Revoke(client, other), "");
  const std::string expired = NewToken({client});
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Revoke(client, expired), "");
  EXPECT_EQ(Revocations(), 1u);
}

TEST_F(OAuthServiceTest, RevocationByTwoReplicasAtOnceIsOne) {
  const ClientEvidence client = NewClient("ci");
  const std::string token = NewToken({client});
  const std::unique_ptr<OAuthProcess> replica = NewProcess();
  EXPECT_EQ(Revoke(client, token), "");
  // It has not followed yet.
  EXPECT_EQ(ErrorOf(replica->oauth.Revoke(acme_.tenant, client, token)), "");
  EXPECT_EQ(Revocations(), 1u);
  EXPECT_EQ(GetReason(replica->tokens.VerifyToken({system_.tenant, token, ""}).status()), reason::kTokenRevoked);
}

TEST_F(OAuthServiceTest, RevocationIsForTheTokensOfTheClientAlone) {
  const ClientEvidence client = NewClient("ci");
  const std::string token = NewToken({client});
  EXPECT_EQ(Revoke(NewClient("neighbour"), token), "unauthorized_client");
  EXPECT_EQ(Revoke(NewClient("stranger", "other"), token, "other"), "") << "to another tenant it is no token";
  EXPECT_EQ(Revoke({"client-ci", Secret("wrong")}, token), "invalid_client");
  EXPECT_TRUE(IsActive(client, token));
  EXPECT_EQ(Revocations(), 0u);
}

TEST_F(OAuthServiceTest, RevocationIsUnavailableWhileTheStoreIs) {
  const ClientEvidence client = NewClient("ci");
  const std::string token = NewToken({client});
  LoseStore();
  EXPECT_EQ(Revoke(client, token), "temporarily_unavailable");
}

}  // namespace
}  // namespace signet::core
