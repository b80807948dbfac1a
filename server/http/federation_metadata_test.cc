#include "server/http/federation_metadata.h"

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/algorithm.h"
#include "server/core/key_directory.h"
#include "server/core/seeded_store.h"
#include "server/core/tenant_snapshot.h"

namespace signet::http {
namespace {

using keystore::KeyState;
using ::testing::HasSubstr;
using ::testing::Not;

// FederationMetadataTest has a tenant with three keys, each with a certificate: "cert-" and its kid.
class FederationMetadataTest : public ::testing::Test {
 protected:
  FederationMetadataTest() : access_token_(seeded_.AddTenant("acme")), saml_{access_token_.tenant, keystore::RingId("saml")} {}

  // Returns the certificate as the metadata has it.
  std::string AddKey(const core::RingName& ring, hsm::Algorithm algorithm, KeyState state, bool was_enabled = false) {
    keystore::KeyRecord key = seeded_.AddKey(ring, algorithm, state);
    key.certificate_chain = {absl::StrCat("cert", ++count_, "!")};
    if (was_enabled) key.enable_time = absl::FromUnixSeconds(1);
    seeded_.Put({key});
    return absl::Base64Escape(key.certificate_chain[0]);
  }
  FederationSource Source(absl::string_view client = "") {
    EXPECT_TRUE(directory_.Refresh().ok());
    tenant_ = std::make_shared<core::TenantSnapshot>(*directory_.FindTenant(access_token_.tenant));
    if (!issuer_.empty()) tenant_->issuer = issuer_;
    return {*tenant_, client, absl::Minutes(5)};
  }

  core::SeededStore seeded_;
  core::KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id()}, seeded_.store()};
  core::RingName access_token_;
  core::RingName saml_;
  std::shared_ptr<core::TenantSnapshot> tenant_;
  std::string issuer_;
  int count_ = 0;
};

TEST_F(FederationMetadataTest, TheCurrentCertificateIsTheFirstThenTheNextThenThoseThatStillVerify) {
  const std::string previous = AddKey(access_token_, hsm::Algorithm::kEs256, KeyState::kDisabled, true);
  const std::string next = AddKey(access_token_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  const std::string current = AddKey(access_token_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  const std::string revoked = AddKey(access_token_, hsm::Algorithm::kEs256, KeyState::kRevoked);
  for (const auto& xml : {SamlMetadata(Source()), WsFederationMetadata(Source())}) {
    ASSERT_TRUE(xml.ok()) << xml.status();
    EXPECT_LT(xml->find(current), xml->find(next));
    EXPECT_LT(xml->find(next), xml->find(previous));
    EXPECT_NE(xml->find(previous), std::string::npos);
    EXPECT_THAT(*xml, Not(HasSubstr(revoked)));
  }
}

TEST_F(FederationMetadataTest, TheRingSamlGoesBeforeTheTenantsOwn) {
  const std::string access_token = AddKey(access_token_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  EXPECT_THAT(*SamlMetadata(Source()), HasSubstr(access_token));
  seeded_.AddRing(saml_);
  const std::string saml = AddKey(saml_, hsm::Algorithm::kRs256With2048, KeyState::kEnabled);
  EXPECT_THAT(*SamlMetadata(Source()), HasSubstr(saml));
  EXPECT_THAT(*SamlMetadata(Source()), Not(HasSubstr(access_token)));
}

TEST_F(FederationMetadataTest, WithoutACertificateForXmlSignaturesThereIsNoMetadata) {
  EXPECT_EQ(GetReason(SamlMetadata(Source()).status()), reason::kKeyNotFound);
  AddKey(access_token_, hsm::Algorithm::kEd25519, KeyState::kEnabled);
  EXPECT_EQ(GetReason(SamlMetadata(Source()).status()), reason::kKeyNotFound);
  EXPECT_EQ(GetReason(WsFederationMetadata(Source()).status()), reason::kKeyNotFound);
}

TEST_F(FederationMetadataTest, TheEntityIsTheDomainAsAuth0HasItAndTheEndpointsAreTheIssuers) {
  AddKey(access_token_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  issuer_ = "https://login.example.com/";
  EXPECT_THAT(*SamlMetadata(Source("shop")), HasSubstr("entityID=\"urn:login.example.com\" cacheDuration=\"PT300S\""));
  EXPECT_THAT(*SamlMetadata(Source("shop")), HasSubstr("HTTP-POST\" Location=\"https://login.example.com/samlp/shop\""));
  EXPECT_THAT(*WsFederationMetadata(Source("shop")), HasSubstr("<Address>https://login.example.com/wsfed/shop</Address>"));
  EXPECT_THAT(*WsFederationMetadata(Source()), HasSubstr("<Address>https://login.example.com/wsfed</Address>"));
  issuer_ = "https://login.example.com/a?b=\"<&>";
  EXPECT_THAT(*SamlMetadata(Source()), HasSubstr("entityID=\"https://login.example.com/a?b=&quot;&lt;&amp;&gt;\""));
  issuer_ = "";
  EXPECT_THAT(*SamlMetadata(Source()), HasSubstr("entityID=\"https://localhost:8444/t/acme\""));
}

TEST(ClientSegmentTest, IsWhatCanStandInAPathAndInXmlAsItIs) {
  for (const char* client : {"shop", "AaiyAPdpYdesoKnqjj8HJqRn4T5titww", "sb-full-access!a1", "a b", "a%20", "\"", "<", "&", ""}) {
    const bool plain = absl::string_view(client).find_first_of("! %\"<&") == absl::string_view::npos && *client != '\0';
    EXPECT_EQ(IsClientSegment(client), plain) << client;
  }
  EXPECT_TRUE(IsClientSegment(std::string(128, 'a')));
  EXPECT_FALSE(IsClientSegment(std::string(129, 'a')));
}

}  // namespace
}  // namespace signet::http
