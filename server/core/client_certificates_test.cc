#include "server/core/client_certificates.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hsm/certificate_chain.h"
#include "hsm/client_certificate.h"
#include "hsm/pem.h"
#include "hsm/testing/test_authority.h"
#include "server/core/certificates.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::ClientCertificate;
using keystore::CredentialKind;
using testing::SizeIs;

class ClientCertificatesTest : public CoreTest {
 protected:
  ClientCertificatesTest() { MakeSystemTenant(); }

  absl::StatusOr<IssuedCredential> Create(const CertificateSource& source, const ChangeRequest& request = Call(),
                                          const std::string& seal_to_jwk = "", const std::string& id = "tls") {
    NewCredential wanted;
    wanted.tenant = acme_;
    wanted.id = id;
    wanted.kind = CredentialKind::kCertificate;
    wanted.certificate = source;
    wanted.seal_to_jwk = seal_to_jwk;
    return credentials().Create(wanted, LocalPrincipal(), request);
  }
  // A certificate and a request that a client might have: those of a key of acme's.
  std::string GivenPem() { return hsm::ChainToPem(StoredKey(NewKey()).certificate_chain); }
  std::string Csr() {
    return hsm::ToPem("CERTIFICATE REQUEST", Certificates(services()).GenerateRequest(NewKey(), std::nullopt)->der);
  }
  std::string CaCertificate() {
    const RingName ring = {keystore::TenantId("system"), keystore::RingId("client-ca")};
    const auto list = keys().List(ring, keystore::KeyStore::Tombstones::kHide, {});
    for (const KeyView& key : list->items) {
      if (key.record.state == keystore::KeyState::kEnabled) return key.record.certificate_chain.at(0);
    }
    ADD_FAILURE() << "no CA";
    return "";
  }
  // What OpenSSL says of a certificate of a TLS client that Signet's CA issued.
  absl::Status Verify(const std::string& der, absl::Duration later) {
    return hsm::CheckClientChain({der}, {CaCertificate()}, clock_.Now() + later);
  }
  ClientCertificate Stored() {
    const auto certificates = StoredCredential(Named("tls")).certificates;
    EXPECT_THAT(certificates, SizeIs(1));
    return certificates.empty() ? ClientCertificate() : certificates[0];
  }
};

TEST_F(ClientCertificatesTest, AreIssuedForARequest) {
  const std::string csr = Csr();
  const absl::StatusOr<IssuedCredential> issued = Create(RequestedCertificate{csr, std::nullopt});
  ASSERT_THAT(issued, IsOk());
  EXPECT_TRUE(issued->private_key_pem.empty());
  EXPECT_FALSE(issued->secret_withheld);
  EXPECT_TRUE(Stored().issued);
  EXPECT_TRUE(Stored().pinned);
  EXPECT_EQ(Stored().subject, absl::StrCat("CN=", issued->credential.record.client_id, ",O=acme"));
  EXPECT_EQ(Stored().issuer, "CN=Signet client CA");
  const auto facts = hsm::ReadClientCertificate(Stored().der);
  ASSERT_THAT(facts, IsOk());
  EXPECT_THAT(Verify(Stored().der, absl::ZeroDuration()), IsOk());
  EXPECT_THAT(Verify(Stored().der, absl::Hours(24 * 7) - absl::Seconds(2)), IsOk());
  EXPECT_FALSE(Verify(Stored().der, absl::Hours(24 * 7) + absl::Seconds(2)).ok());
}

TEST_F(ClientCertificatesTest, AreMadeWithTheirKeyWhichIsShownOnce) {
  const absl::StatusOr<IssuedCredential> issued = Create(GeneratedCertificate{.validity = absl::Hours(24 * 30)}, CallWithId("r"));
  ASSERT_THAT(issued, IsOk());
  EXPECT_TRUE(absl::StartsWith(issued->private_key_pem.Expose(), "-----BEGIN PRIVATE KEY-----"));
  EXPECT_TRUE(issued->client_secret.empty());
  EXPECT_THAT(Verify(Stored().der, absl::Hours(24 * 30) - absl::Seconds(2)), IsOk());
  const absl::StatusOr<IssuedCredential> again = Create(GeneratedCertificate{.validity = absl::Hours(24 * 30)}, CallWithId("r"));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->secret_withheld);
  EXPECT_TRUE(again->private_key_pem.empty());
  EXPECT_EQ(again->credential.etag, issued->credential.etag);
  EXPECT_EQ(again->credential.record.certificates, issued->credential.record.certificates);
  for (const keystore::Event& event : Events()) EXPECT_FALSE(absl::StrContains(event.after, "PRIVATE")) << event.action;
}

TEST_F(ClientCertificatesTest, HaveTheirKeySealedOnRequest) {
  // RFC 7518, appendix C: Bob's public key.
  const std::string bob = R"({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",)"
                          R"("y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"})";
  EXPECT_THAT(Create(GeneratedCertificate(), ValidateOnly(), "{}"), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(Create(GeneratedCertificate(), ValidateOnly(), bob), IsOk());
  const absl::StatusOr<IssuedCredential> issued = Create(GeneratedCertificate(), Call(), bob);
  ASSERT_THAT(issued, IsOk());
  EXPECT_TRUE(issued->private_key_pem.empty());
  EXPECT_EQ(std::count(issued->sealed_secret.begin(), issued->sealed_secret.end(), '.'), 4);
}

TEST_F(ClientCertificatesTest, AreValidForOneToThirtyDays) {
  const std::string csr = Csr();
  for (const absl::Duration validity : {absl::Hours(24) - absl::Seconds(1), absl::Hours(24 * 30) + absl::Seconds(1)}) {
    EXPECT_THAT(Create(GeneratedCertificate{.validity = validity}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
    EXPECT_THAT(Create(RequestedCertificate{csr, validity}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  }
}

TEST_F(ClientCertificatesTest, AreTakenAsTheyAreHandedIn) {
  const std::string pem = GivenPem();
  const absl::StatusOr<IssuedCredential> issued = Create(GivenCertificate{absl::StrCat(pem, "and what follows"), true});
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(hsm::ChainToPem({Stored().der}), pem);
  EXPECT_TRUE(Stored().pinned);
  EXPECT_FALSE(Stored().issued);
  EXPECT_EQ(Stored().subject, "CN=acme");
  EXPECT_EQ(Stored().issuer, "CN=acme");
  EXPECT_EQ(Stored().create_time, clock_.Now());
}

TEST_F(ClientCertificatesTest, AreTheFirstOfAChainWhateverTextIsAroundIt) {
  const std::string pem = GivenPem();
  const std::string issuer = GivenPem();
  ASSERT_THAT(Create(GivenCertificate{absl::StrCat("subject=CN = acme\n", pem, "between\n", issuer, "after"), true}), IsOk());
  EXPECT_EQ(hsm::ChainToPem({Stored().der}), pem);
}

TEST_F(ClientCertificatesTest, WithAPrivateKeyAreRefusedWithoutRepeatingIt) {
  const std::string pem = GivenPem();
  const std::string key = hsm::ToPem("PRIVATE KEY", "the secret itself");
  for (const std::string& text : {key, key + pem, pem + key, pem + key + pem}) {
    for (const ChangeRequest& request : {Call(), ValidateOnly()}) {
      const absl::Status status = Create(GivenCertificate{text, true}, request).status();
      EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
      EXPECT_THAT(std::string(status.message()), testing::HasSubstr("private key"));
      EXPECT_FALSE(absl::StrContains(status.ToString(), key.substr(key.find('\n') + 1, 8)));
    }
  }
}

TEST_F(ClientCertificatesTest, WithoutASubjectArePinned) {
  const hsm::TestAuthority authority{.name = "authority"};
  const std::string der =
      hsm::Issue(authority, "", authority.key.get(), {.not_before = clock_.Now(), .not_after = clock_.Now() + absl::Hours(1)});
  const std::string pem = hsm::ChainToPem({der});
  EXPECT_THAT(Create(GivenCertificate{pem, false}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  ASSERT_THAT(Create(GivenCertificate{pem, true}), IsOk());
  EXPECT_EQ(Stored().der, der);
  EXPECT_EQ(Stored().subject, "");
  EXPECT_TRUE(Stored().pinned);
}

TEST_F(ClientCertificatesTest, AreOfOneCredentialAloneIfThatIsWanted) {
  const std::string pem = GivenPem();
  ASSERT_THAT(Create(GivenCertificate{.pem = pem, .unique = true}), IsOk());
  EXPECT_TRUE(Stored().unique);
  for (const bool unique : {false, true}) {
    for (const ChangeRequest& request : {Call(), ValidateOnly()}) {
      const absl::Status status = Create(GivenCertificate{.pem = pem, .unique = unique}, request, "", "other").status();
      EXPECT_THAT(status, IsError(StatusCode::kAlreadyExists, reason::kCertificateExists));
      EXPECT_EQ(GetErrorDetail(status)->metadata["credential"], "tenants/acme/credentials/tls");
    }
  }
  EXPECT_THAT(Create(GivenCertificate{.pem = GivenPem(), .unique = true}, Call(), "", "other"), IsOk());
  ASSERT_THAT(credentials().Delete(Named("tls"), Call()), IsOk());
  EXPECT_THAT(Create(GivenCertificate{.pem = pem}, Call(), "", "third"), IsOk());
}

TEST_F(ClientCertificatesTest, AreNotUniqueAfterAnotherCredentialGotThem) {
  const std::string pem = GivenPem();
  ASSERT_THAT(Create(GivenCertificate{.pem = pem}), IsOk());
  EXPECT_THAT(Create(GivenCertificate{.pem = pem, .unique = true}, Call(), "", "other"),
              IsError(StatusCode::kAlreadyExists, reason::kCertificateExists));
  EXPECT_THAT(Create(GivenCertificate{.pem = pem}, Call(), "", "other"), IsOk());
}

TEST_F(ClientCertificatesTest, NeedNotBePinned) {
  ASSERT_THAT(Create(GivenCertificate{GivenPem(), false}), IsOk());
  EXPECT_FALSE(Stored().pinned);
}

TEST_F(ClientCertificatesTest, ThatAreNotPemAreRefusedInTheWordsOfSap) {
  const std::string pem = GivenPem();
  for (const std::string& text : {std::string(), std::string("x"), std::string("-----BEGIN CERTIFICATE-----"),
                                  std::string("-----BEGIN CERTIFICATE-----\nAAAA*\n-----END CERTIFICATE-----\n"),
                                  pem.substr(0, pem.size() / 2), hsm::ToPem("PUBLIC KEY", "x")}) {
    const absl::Status status = Create(GivenCertificate{text, true}).status();
    EXPECT_THAT(status, IsError(StatusCode::kInvalidArgument, reason::kInvalidField)) << text;
    EXPECT_EQ(status.message(), "the certificate is not valid PEM format");
    EXPECT_EQ(GetErrorDetail(status)->metadata["field"], "certificate");
  }
  EXPECT_THAT(Create(GivenCertificate{hsm::ToPem("CERTIFICATE", "no certificate"), true}),
              IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientCertificatesTest, ThatHaveEndedAreRefused) {
  const std::string pem = GivenPem();
  clock_.Advance(absl::Hours(24 * 3650) + absl::Seconds(1));
  EXPECT_THAT(Create(GivenCertificate{pem, true}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientCertificatesTest, AreNotIssuedForWhatIsNoRequest) {
  EXPECT_THAT(Create(RequestedCertificate{"x", std::nullopt}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(Create(RequestedCertificate{GivenPem(), std::nullopt}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ClientCertificatesTest, OnlyValidatedNeedNoCa) {
  const int64_t revision = StoreRevision();
  const absl::StatusOr<IssuedCredential> shown = Create(GeneratedCertificate(), ValidateOnly());
  ASSERT_THAT(shown, IsOk());
  EXPECT_TRUE(shown->private_key_pem.empty());
  EXPECT_THAT(shown->credential.record.certificates, SizeIs(0));
  EXPECT_EQ(StoreRevision(), revision);
}

TEST_F(ClientCertificatesTest, AreIssuedByTheKeyThatTookTheOthersPlace) {
  RotateCommand purge;
  purge.purge = keystore::Purge::kYes;
  const std::string former = CaCertificate();
  ASSERT_THAT(keys().Rotate({keystore::TenantId("system"), keystore::RingId("client-ca")}, purge, Call()), IsOk());
  ASSERT_NE(CaCertificate(), former);
  ASSERT_THAT(Create(GeneratedCertificate()), IsOk());
  EXPECT_THAT(Verify(Stored().der, absl::ZeroDuration()), IsOk());
}

TEST_F(ClientCertificatesTest, AreNotIssuedWhereTheHsmHasLostTheKey) {
  const std::vector<hsm::StoredKey> stored = hsm_->ListKeys("").value();
  for (const hsm::StoredKey& key : stored) ASSERT_THAT(hsm_->DestroyKey(key.id), IsOk());
  EXPECT_THAT(Create(GeneratedCertificate()), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  EXPECT_FALSE(store_->GetCredential(acme_, keystore::CredentialId("tls"))->has_value());
}

using ClientCertificatesWithoutCaTest = CoreTest;

TEST_F(ClientCertificatesWithoutCaTest, AreNotIssued) {
  NewCredential wanted;
  wanted.tenant = acme_;
  wanted.kind = CredentialKind::kCertificate;
  wanted.certificate = GeneratedCertificate();
  EXPECT_THAT(credentials().Create(wanted, LocalPrincipal(), Call()),
              IsError(StatusCode::kFailedPrecondition, reason::kNoEnabledKey));
}

}  // namespace
}  // namespace signet::core
