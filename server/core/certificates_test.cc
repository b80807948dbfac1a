#include "server/core/certificates.h"

#include <optional>
#include <string>
#include <vector>

#include "hsm/certificate.h"
#include "hsm/certificate_chain.h"
#include "server/core/key_certificate.h"
#include "server/core/private_key_use.h"
#include "server/core/resource_lookup.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using testing::HasSubstr;
using testing::SizeIs;

class CertificatesTest : public CoreTest {
 protected:
  // A certificate that is not the one that the key has: for another name.
  std::string AnotherCertificate(const KeyName& name, const std::string& common_name) {
    const keystore::KeyRecord key = StoredKey(name);
    const hsm::CertificateSpec spec = {.subject = {.common_name = common_name},
                                       .not_before = clock_.Now(),
                                       .not_after = clock_.Now() + absl::Hours(24),
                                       .serial = "\x01"};
    const absl::StatusOr<std::string> der = hsm::SelfSign(
        spec, StoredPublicKey(key).value(), [&](absl::string_view digest) { return SignWithKey(services(), key, digest); });
    EXPECT_THAT(der, IsOk());
    return hsm::ChainToPem({der.value_or("")});
  }

  Certificates certificates_{services()};
};

TEST_F(CertificatesTest, EachKeyHasOneFromTheStartForTenYearsInTheNameOfItsTenant) {
  const KeyName name = NewKey();
  const absl::StatusOr<CertificateView> view = certificates_.Get(name);
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(view->chain, SizeIs(1));
  EXPECT_EQ(view->facts.subject, "CN=acme");
  EXPECT_EQ(view->facts.issuer, "CN=acme");
  EXPECT_EQ(view->facts.not_before, clock_.Now() - keystore::kClockSkew);
  EXPECT_EQ(view->facts.not_after, clock_.Now() + absl::Hours(24 * 3650));
  EXPECT_EQ(view->facts.spki_der, StoredKey(name).public_key_der);
  EXPECT_THAT(BuildJwks(directory().FindTenant(acme_)->published).json, HasSubstr("\"x5t#S256\""));
}

TEST_F(CertificatesTest, FollowsTheProfileOfTheRing) {
  RingUpdate update;
  update.common_name = "The shop";
  update.organization = "Example";
  update.country = "DE";
  update.certificate_validity = std::optional<absl::Duration>(absl::Hours(48));
  ASSERT_THAT(rings().Update(ring_, update, Call()), IsOk());
  const absl::StatusOr<CertificateView> view = certificates_.Get(NewKey());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->facts.subject, "CN=The shop,O=Example,C=DE");
  EXPECT_EQ(view->facts.not_after, clock_.Now() + absl::Hours(48));
}

TEST_F(CertificatesTest, AProfileOutOfRangeIsRefusedWithItsField) {
  for (const auto& [profile, field] : std::vector<std::pair<keystore::CertificateProfile, std::string>>{
           {{.common_name = std::string(65, 'x')}, "certificate_profile.common_name"},
           {{.country = "Germany"}, "certificate_profile.country"},
           {{.validity = absl::Hours(1)}, "certificate_profile.validity"},
           {{.validity = absl::Hours(24 * 7301)}, "certificate_profile.validity"}}) {
    const auto refused = rings().Create({acme_, keystore::RingId("saml")}, {.certificate = profile}, Call());
    EXPECT_THAT(refused, IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
    EXPECT_EQ(GetErrorDetail(refused.status())->metadata.at("field"), field);
  }
}

TEST_F(CertificatesTest, AChainThatIsSetIsShownAndServedAtOnce) {
  const KeyName name = NewKey();
  const std::string before = BuildJwks(directory().FindTenant(acme_)->published).etag;
  const std::string etag = keys().Get(name)->etag;
  const std::string pem = AnotherCertificate(name, "issued");
  const size_t events = Events().size();
  ASSERT_THAT(certificates_.SetChain(name, pem, CallWithEtag(etag)), IsOk());
  EXPECT_EQ(certificates_.Get(name)->facts.subject, "CN=issued");
  EXPECT_NE(BuildJwks(directory().FindTenant(acme_)->published).etag, before);
  EXPECT_THAT(Actions(events), testing::ElementsAre("SetCertificateChain"));
  EXPECT_THAT(certificates_.SetChain(name, pem, CallWithEtag(etag)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(CertificatesTest, ARepeatedRequestSetsNothingTwice) {
  const KeyName name = NewKey();
  const std::string first = AnotherCertificate(name, "first");
  ASSERT_THAT(certificates_.SetChain(name, first, CallWithId("set")), IsOk());
  ASSERT_THAT(certificates_.SetChain(name, AnotherCertificate(name, "second"), Call()), IsOk());
  ASSERT_THAT(certificates_.SetChain(name, first, CallWithId("set")), IsOk());
  EXPECT_EQ(certificates_.Get(name)->facts.subject, "CN=second");
}

TEST_F(CertificatesTest, AChainOfAnotherKeyOrOneThatIsNoneIsRefused) {
  const KeyName name = NewKey("a");
  const std::string foreign = AnotherCertificate(NewKey("b"), "foreign");
  EXPECT_THAT(certificates_.SetChain(name, foreign, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(certificates_.SetChain(name, "nonsense", Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  const std::string pem = AnotherCertificate(name, "valid");
  clock_.Advance(absl::Hours(25));
  EXPECT_THAT(certificates_.SetChain(name, pem, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField)) << "expired";
}

TEST_F(CertificatesTest, OnlyValidatingAChainChangesNothing) {
  const KeyName name = NewKey();
  ASSERT_THAT(certificates_.SetChain(name, AnotherCertificate(name, "issued"), ValidateOnly()), IsOk());
  EXPECT_EQ(certificates_.Get(name)->facts.subject, "CN=acme");
}

TEST_F(CertificatesTest, ARevokedKeyStillShowsItsCertificateButGetsNoOtherAndADestroyedOneHasNone) {
  const KeyName name = NewKey();
  const std::string pem = AnotherCertificate(name, "issued");
  ASSERT_THAT(keys().Revoke(name, Force::kNo, Call()), IsOk());
  EXPECT_THAT(certificates_.Get(name), IsOk());
  EXPECT_THAT(certificates_.SetChain(name, pem, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRevoked));
  EXPECT_THAT(certificates_.GenerateRequest(name, std::nullopt), IsError(StatusCode::kFailedPrecondition, reason::kKeyRevoked));
  ASSERT_THAT(keys().Delete(name, Force::kNo, Call()), IsOk());
  EXPECT_THAT(certificates_.Get(name), IsError(StatusCode::kFailedPrecondition, reason::kKeyDestroyed));
}

TEST_F(CertificatesTest, ARequestForOneIsMadeForTheProfileOrForASubjectOfTheCallers) {
  const KeyName name = NewKey();
  EXPECT_THAT(certificates_.GenerateRequest(name, std::nullopt), IsOk());
  const absl::StatusOr<CertificateRequestView> view =
      certificates_.GenerateRequest(name, keystore::CertificateProfile{.common_name = "mine"});
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(view->der, HasSubstr("mine"));
  EXPECT_THAT(certificates_.GenerateRequest(name, keystore::CertificateProfile{.country = "?"}),
              IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(CertificatesTest, AKeyOfAReleaseThatMadeNoneGetsItsOwnAtTheNextStart) {
  const KeyName name = NewKey();
  keystore::KeyRecord key = StoredKey(name);
  key.certificate_chain.clear();
  keystore::Event event;
  event.action = "Test";
  ASSERT_TRUE(store_->Commit({{key}, {}, {event}}).ok());
  EXPECT_THAT(certificates_.Get(name), IsError(StatusCode::kFailedPrecondition, reason::kKeyNotGenerated));
  EXPECT_EQ(Reconcile(services()).value(), (Reconciliation{.certified = 1}));
  EXPECT_EQ(certificates_.Get(name)->facts.subject, "CN=acme");
  EXPECT_EQ(Reconcile(services()).value(), Reconciliation());
}

}  // namespace
}  // namespace signet::core
