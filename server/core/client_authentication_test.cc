#include "server/core/client_authentication.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "server/core/client_secret.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

using keystore::CredentialKind;
using keystore::CredentialRecord;

class ClientAuthenticationTest : public OAuthTest {
 protected:
  OAuthResult<AuthenticatedClient> Authenticate(const ClientEvidence& evidence, const std::string& tenant = "acme") {
    return process().clients.Authenticate(keystore::TenantId(tenant), evidence);
  }
  void ExpectRecognised(const ClientEvidence& evidence, const std::string& client_id) {
    const auto result = Authenticate(evidence);
    const auto* client = std::get_if<AuthenticatedClient>(&result);
    ASSERT_NE(client, nullptr) << std::get<OAuthError>(result).cause;
    EXPECT_EQ(client->credential->client_id, client_id);
  }
  // All refusals look alike.
  void ExpectRefused(const ClientEvidence& evidence, const std::string& why, const std::string& tenant = "acme") {
    observer_.failures.clear();
    const auto result = Authenticate(evidence, tenant);
    const auto* error = std::get_if<OAuthError>(&result);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->error, "invalid_client");
    EXPECT_EQ(error->description, "client authentication failed");
    ASSERT_EQ(observer_.failures.size(), 1u);
    EXPECT_EQ(observer_.failures[0].reason, why) << error->cause;
    EXPECT_EQ(observer_.failures[0].tenant, keystore::TenantId(tenant));
  }
};

Secret Wrong() { return Secret(std::string(43, 'A')); }

TEST_F(ClientAuthenticationTest, RecognisesAClientByItsSecret) {
  const ClientEvidence client = NewSecretClient("ci");
  ExpectRecognised(client, "client-ci");
  EXPECT_EQ(std::get<AuthenticatedClient>(Authenticate(client)).certificate_thumbprint, "");
}

TEST_F(ClientAuthenticationTest, RefusesAWrongSecretAndAnUnknownClientAlike) {
  const ClientEvidence client = NewSecretClient("ci");
  for (const char* secret : {"", "x", "hunter2"}) ExpectRefused({"client-ci", Secret(secret)}, "CLIENT_SECRET");
  ExpectRefused({"client-ci", Wrong()}, "CLIENT_SECRET");
  EXPECT_EQ(observer_.failures[0].client, "client-ci");
  ExpectRefused({"client-none", client.secret}, "CLIENT_SECRET");
  ExpectRefused({"", client.secret}, "CLIENT_SECRET");
  ExpectRefused({"CLIENT-CI", client.secret}, "CLIENT_SECRET");
  ExpectRefused({"client-ci", Secret(std::string(client.secret->Expose()) + "x")}, "CLIENT_SECRET");
}

TEST_F(ClientAuthenticationTest, TakesEachSecretOfACredentialUntilItsTimeHasPassed) {
  CredentialRecord credential = Credential("ci", CredentialKind::kClientSecret);
  std::vector<Secret> texts;
  for (int i = 0; i < 4; ++i) {
    MadeClientSecret made = MakeClientSecret(random_);
    if (i < 3) made.record.expire_time = clock_.Now() + absl::Minutes(i);
    credential.secrets.push_back(made.record);
    texts.push_back(made.text);
  }
  Put(credential);
  ExpectRefused({"client-ci", texts[0]}, "CLIENT_SECRET");
  for (int i = 1; i < 4; ++i) ExpectRecognised({"client-ci", texts[i]}, "client-ci");
  clock_.Advance(absl::Minutes(1));
  ExpectRefused({"client-ci", texts[1]}, "CLIENT_SECRET");
  ExpectRecognised({"client-ci", texts[2]}, "client-ci");
}

TEST_F(ClientAuthenticationTest, RefusesACredentialThatIsDeletedHasEndedOrIsAnotherTenants) {
  const ClientEvidence client = NewSecretClient("ci");
  ExpectRefused(client, "CLIENT_SECRET", "other");
  ExpectRefused(client, "CLIENT_SECRET", "system");
  ExpectRefused(client, "CLIENT_SECRET", "none");
  CredentialRecord credential = Stored(Credential("ci", CredentialKind::kClientSecret));
  credential.expire_time = clock_.Now() + absl::Seconds(1);
  Put(credential);
  ExpectRecognised(client, "client-ci");
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(client, "CLIENT_SECRET");
  credential.expire_time = std::nullopt;
  credential.delete_time = clock_.Now();
  Put(credential);
  ExpectRefused(client, "CLIENT_SECRET");
}

TEST_F(ClientAuthenticationTest, RefusesAWayThatIsNotThatOfTheCredentialsKind) {
  const MadeClientSecret made = MakeClientSecret(random_);
  for (const CredentialKind kind : {CredentialKind::kCertificate, CredentialKind::kPublicKey}) {
    CredentialRecord credential = Credential("ci", kind);
    credential.secrets = {made.record};
    Put(credential);
    ExpectRefused({"client-ci", made.text}, "CLIENT_SECRET");
  }
}

TEST_F(ClientAuthenticationTest, WantsExactlyOneWay) {
  const ClientEvidence client = NewSecretClient("ci");
  ClientEvidence several = client;
  several.assertion = "a.b.c";
  EXPECT_EQ(ErrorOf(Authenticate(several)), "invalid_request");
  ExpectRefused({"client-ci"}, reason::kCredentialsMissing.data());
  ExpectRefused({}, reason::kCredentialsMissing.data());
  ClientEvidence with_certificate = client;
  with_certificate.peer_chain_pem = "whatever TLS brought";
  ExpectRecognised(with_certificate, "client-ci");
}

TEST_F(ClientAuthenticationTest, NotesWhenACredentialWasUsed) {
  const ClientEvidence client = NewSecretClient("ci");
  CredentialUses uses({}, seeded_.store());
  const ClientAuthentication clients({.uses = &uses}, process().services, process().credentials, process().trusted);
  ClientEvidence wrong = client;
  wrong.secret = Wrong();
  (void)clients.Authenticate(acme_.tenant, wrong);
  ASSERT_TRUE(uses.Flush().ok());
  EXPECT_EQ(Stored(Credential("ci", CredentialKind::kClientSecret)).last_used_time, std::nullopt);
  (void)clients.Authenticate(acme_.tenant, client);
  ASSERT_TRUE(uses.Flush().ok());
  EXPECT_EQ(Stored(Credential("ci", CredentialKind::kClientSecret)).last_used_time, clock_.Now());
}

class AssertionTest : public ClientAuthenticationTest {
 protected:
  AssertionTest() {
    CredentialRecord credential = Credential("ci", CredentialKind::kPublicKey);
    credential.public_keys = {key_.Record("k1")};
    Put(credential);
  }
  ClientEvidence Assertion(const std::string& id, const std::string& client = "client-ci",
                           const std::string& aud = "https://signet.example/t/acme/oauth/token") {
    return Assertion(id, client, aud, absl::Minutes(1), "");
  }
  // One that lives for so long, and has `more` in its claims.
  ClientEvidence Assertion(const std::string& id, const std::string& client, const std::string& aud, absl::Duration life,
                           const std::string& more) {
    const std::string claims = absl::StrCat(R"({"iss":")", client, R"(","sub":")", client, R"(","aud":")", aud, R"(","exp":)",
                                            absl::ToUnixSeconds(clock_.Now() + life), R"(,"jti":")", id, "\"", more, "}");
    return {.assertion = key_.Sign(R"({"alg":"ES256","kid":"k1"})", claims)};
  }
  ClientEvidence LongLived(const std::string& id, absl::Duration life) {
    return Assertion(id, "client-ci", "https://signet.example/t/acme", life, "");
  }
  // A little larger than 2 KiB.
  ClientEvidence Large(const std::string& id) {
    const std::string more = absl::StrCat(R"(,"x":")", std::string(1370, 'x'), "\"");
    ClientEvidence large = Assertion(id, "client-ci", "https://signet.example/t/acme", absl::Minutes(1), more);
    EXPECT_GT(large.assertion.size(), 2048u);
    EXPECT_LT(large.assertion.size(), 2200u);
    return large;
  }

  const ClientKey key_{hsm::Algorithm::kEs256};
};

TEST_F(AssertionTest, RecognisesAClientByAnAssertion) {
  ExpectRecognised(Assertion("1"), "client-ci");
  ExpectRecognised(Assertion("2", "client-ci", "https://login.acme.example/"), "client-ci");
  ExpectRecognised(Assertion("3", "client-ci", "https://signet.example/t/acme"), "client-ci");
  ClientEvidence named = Assertion("4");
  named.client_id = "client-ci";
  ExpectRecognised(named, "client-ci");
}

TEST_F(AssertionTest, TakesAnAssertionOnceAlsoAfterARestartAndInAnotherReplica) {
  const ClientEvidence assertion = Assertion("1");
  const std::unique_ptr<OAuthProcess> replica = NewProcess();
  ExpectRecognised(assertion, "client-ci");
  ExpectRefused(assertion, "CLIENT_ASSERTION_REPLAYED");
  EXPECT_EQ(observer_.failures[0].client, "client-ci");
  EXPECT_EQ(ErrorOf(replica->clients.Authenticate(acme_.tenant, assertion)), "invalid_client");
  process_ = NewProcess();
  ExpectRefused(assertion, "CLIENT_ASSERTION_REPLAYED");
  // For as long as the assertion counts at all, with the skew.
  clock_.Advance(absl::Minutes(2) - absl::Seconds(1));
  ExpectRefused(assertion, "CLIENT_ASSERTION_REPLAYED");
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(assertion, "CLIENT_ASSERTION");
}

TEST_F(AssertionTest, TakesAnAssertionOnceAlsoWhenTheClockJumpsAheadAndBack) {
  const ClientEvidence assertion = Assertion("1");
  ExpectRecognised(assertion, "client-ci");
  clock_.Advance(absl::Hours(2));
  ExpectRecognised(Assertion("2"), "client-ci");
  clock_.Advance(-absl::Hours(2));
  ExpectRefused(assertion, "CLIENT_ASSERTION_REPLAYED");
}

TEST_F(AssertionTest, LetsTwoClientsHaveTheSameIds) {
  CredentialRecord credential = Credential("cd", CredentialKind::kPublicKey);
  credential.public_keys = {key_.Record("k1")};
  Put(credential);
  ExpectRecognised(Assertion("1"), "client-ci");
  ExpectRecognised(Assertion("1", "client-cd"), "client-cd");
}

TEST_F(AssertionTest, UsesNoIdUpForAnAssertionThatDoesNotCount) {
  const ClientKey attacker(hsm::Algorithm::kEs256);
  ClientEvidence forged = Assertion("1");
  forged.assertion = absl::StrCat(forged.assertion.substr(0, forged.assertion.rfind('.') + 1), "AAAA");
  ExpectRefused(forged, "CLIENT_ASSERTION");
  ExpectRecognised(Assertion("1"), "client-ci");
}

TEST_F(AssertionTest, RefusesAssertionsThatAreNotTheClients) {
  ExpectRefused(Assertion("1", "client-none"), "CLIENT_ASSERTION");
  ExpectRefused(Assertion("1", "client-ci", "https://evil.example"), "CLIENT_ASSERTION");
  ExpectRefused(Assertion("1"), "CLIENT_ASSERTION", "other");
  ExpectRefused(Assertion("1", "client-ci", "https://signet.example/t/other"), "CLIENT_ASSERTION", "other");
  ExpectRefused(Assertion("1"), "CLIENT_ASSERTION", "none");
  ClientEvidence named = Assertion("1");
  named.client_id = "client-other";
  ExpectRefused(named, "CLIENT_ASSERTION");
  ExpectRefused({.client_id = "client-ci", .assertion = "x"}, "CLIENT_ASSERTION");
  NewSecretClient("secretive");
  ExpectRefused(Assertion("1", "client-secretive"), "CLIENT_ASSERTION");
}

TEST_F(AssertionTest, BoundsAssertionsAsAuth0DoesWhereTheRingHasItsPreset) {
  ExpectRecognised(LongLived("1", absl::Seconds(390)), "client-ci");
  ExpectRecognised(Large("2"), "client-ci");
  keystore::RingRecord ring = seeded_.store().GetRing(acme_.tenant, acme_.ring).value().value();
  ring.policy.preset = keystore::Preset::kAuth0;
  seeded_.Put({ring});
  Refresh();
  ExpectRefused(LongLived("3", absl::Seconds(390)), "CLIENT_ASSERTION");
  ExpectRefused(Large("4"), "CLIENT_ASSERTION");
  ExpectRecognised(LongLived("5", absl::Minutes(5)), "client-ci");
}

TEST_F(AssertionTest, IsUnavailableWhileTheStoreIs) {
  const ClientEvidence assertion = Assertion("1");
  LoseStore();
  EXPECT_EQ(ErrorOf(Authenticate(assertion)), "temporarily_unavailable");
  EXPECT_TRUE(observer_.failures.empty());
}

class CertificateTest : public ClientAuthenticationTest {
 protected:
  CertificateTest() { process().trusted.Set({hsm::Issue(authority_, "authority", authority_.key.get())}); }

  std::string Issue(absl::Duration age, const std::string& subject = "client") {
    return hsm::Issue(authority_, subject, key_.get(), {.not_before = clock_.Now() - age, .basic_constraints = "CA:FALSE"});
  }
  void PutClient(const std::string& der, bool pinned) {
    CredentialRecord credential = Credential("ci", CredentialKind::kCertificate);
    const hsm::CertificateFacts facts = hsm::ReadCertificate(der).value();
    keystore::ClientCertificate certificate;
    certificate.der = der;
    certificate.pinned = pinned;
    certificate.subject = facts.subject;
    certificate.issuer = facts.issuer;
    credential.certificates = {certificate};
    Put(credential);
  }
  static ClientEvidence Evidence(const std::string& der) {
    return {.client_id = "client-ci", .peer_chain_pem = hsm::ChainToPem({der})};
  }
  std::string StoredCertificate() { return Stored(Credential("ci", CredentialKind::kCertificate)).certificates.at(0).der; }

  hsm::TestAuthority authority_{.name = "authority"};
  hsm::EvpPkey key_ = hsm::NewEcKey();
};

TEST_F(CertificateTest, RecognisesAPinnedCertificateAndReturnsItsThumbprint) {
  const std::string der = Issue(absl::Hours(1));
  process().trusted.Set({});
  PutClient(der, true);
  const auto result = Authenticate(Evidence(der));
  ASSERT_TRUE(std::holds_alternative<AuthenticatedClient>(result)) << std::get<OAuthError>(result).cause;
  EXPECT_EQ(std::get<AuthenticatedClient>(result).certificate_thumbprint, PeerThumbprint(hsm::ChainToPem({der})));
  EXPECT_EQ(std::get<AuthenticatedClient>(result).certificate_thumbprint.size(), 43u);
}

TEST_F(CertificateTest, RefusesOtherCertificates) {
  const std::string der = Issue(absl::Hours(1));
  PutClient(der, true);
  ExpectRefused(Evidence(Issue(absl::Minutes(1))), "CLIENT_CERTIFICATE");
  ExpectRefused({.client_id = "client-ci", .peer_chain_pem = "not PEM"}, "CLIENT_CERTIFICATE");
  ExpectRefused({.client_id = "client-none", .peer_chain_pem = hsm::ChainToPem({der})}, "CLIENT_CERTIFICATE");
  ExpectRefused({.peer_chain_pem = hsm::ChainToPem({der})}, "CLIENT_CERTIFICATE");
  ExpectRefused(Evidence(der), "CLIENT_CERTIFICATE", "other");
  clock_.Advance(absl::Hours(2));
  ExpectRefused(Evidence(der), "CLIENT_CERTIFICATE");
}

TEST_F(CertificateTest, RemembersTheLatestCertificateOfASubject) {
  PutClient(Issue(absl::Minutes(50)), false);
  const std::string newer = Issue(absl::Minutes(10));
  ExpectRecognised(Evidence(newer), "client-ci");
  EXPECT_EQ(StoredCertificate(), newer);
  const keystore::Event event = seeded_.store().ListEvents({}, {"", 1000}).value().back();
  EXPECT_EQ(event.action, "CertificateSeen");
  EXPECT_EQ(event.actor, "tenants/acme/credentials/ci");
  EXPECT_EQ(event.resource, "tenants/acme/credentials/ci");

  // The former one is too old from now on, for every process; one that is little older still goes.
  ExpectRefused(Evidence(Issue(absl::Minutes(50))), "CLIENT_CERTIFICATE");
  process_ = NewProcess();
  process().trusted.Set({hsm::Issue(authority_, "authority", authority_.key.get())});
  ExpectRefused(Evidence(Issue(absl::Minutes(50))), "CLIENT_CERTIFICATE");
  ExpectRecognised(Evidence(Issue(absl::Minutes(20))), "client-ci");
  EXPECT_EQ(StoredCertificate(), newer);
}

TEST_F(CertificateTest, DecidesByTheCertificateThatAnotherReplicaHasSeen) {
  PutClient(Issue(absl::Minutes(50)), false);
  const std::unique_ptr<OAuthProcess> replica = NewProcess();
  ExpectRecognised(Evidence(Issue(absl::Minutes(5))), "client-ci");
  // The replica has not followed yet; the store knows.
  replica->trusted.Set({hsm::Issue(authority_, "authority", authority_.key.get())});
  EXPECT_EQ(ErrorOf(replica->clients.Authenticate(acme_.tenant, Evidence(Issue(absl::Minutes(30))))), "invalid_client");
  EXPECT_EQ(ErrorOf(replica->clients.Authenticate(acme_.tenant, Evidence(Issue(absl::Minutes(12))))), "");
}

TEST_F(CertificateTest, RefusesACertificateThatNobodyVouchesFor) {
  PutClient(Issue(absl::Minutes(50)), false);
  process().trusted.Set({});
  ExpectRefused(Evidence(Issue(absl::Minutes(10))), reason::kCertificateUntrusted.data());
}

TEST_F(CertificateTest, IsUnavailableWhileANewerCertificateCannotBeRemembered) {
  PutClient(Issue(absl::Minutes(50)), false);
  LoseStore();
  EXPECT_EQ(ErrorOf(Authenticate(Evidence(Issue(absl::Minutes(10))))), "temporarily_unavailable");
  ExpectRecognised(Evidence(Issue(absl::Minutes(50))), "client-ci");
}

}  // namespace
}  // namespace signet::core
