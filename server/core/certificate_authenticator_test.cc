#include "server/core/certificate_authenticator.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

class CertificateAuthenticatorTest : public testing::Test {
 protected:
  // A certificate of these names by `authority`, as PEM.
  std::string NewCertificate(const std::string& names) { return NewCertificate(names, authority_); }
  std::string NewCertificate(const std::string& names, const hsm::TestAuthority& authority) {
    return hsm::ChainToPem({hsm::Issue(authority, "client", key_.get(),
                                       {.basic_constraints = "critical,CA:FALSE",
                                        .key_usage = "critical,digitalSignature",
                                        .extended_key_usage = "clientAuth",
                                        .subject_alt_name = names})});
  }
  // Who is recognised; the reason if nobody is.
  std::string Recognise(const std::string& chain) {
    observer_.failures.clear();
    const auto principal = authenticator_.Authenticate(chain);
    if (principal.ok()) return (*principal)->name;
    EXPECT_EQ(principal.status().code(), absl::StatusCode::kUnauthenticated) << principal.status();
    EXPECT_EQ(observer_.failures.size(), 1u);
    EXPECT_EQ(observer_.failures[0].reason, GetReason(principal.status()));
    return GetReason(principal.status());
  }

  FakeClock clock_{hsm::kIssuingTime};
  RecordingObserver observer_;
  hsm::TestAuthority authority_{.name = "authority"};
  std::string authority_der_ = hsm::Issue(authority_, "authority", authority_.key.get());
  hsm::EvpPkey key_ = hsm::NewEcKey();
  TrustedCertificates trusted_{{authority_der_}};
  CertificateAuthenticator authenticator_{
      {.identities = {{.name = "spiffe://example.org/issuer", .scopes = {Scope::kSignTokens}},
                      {.kind = CertificateIdentity::Kind::kDnsName,
                       .name = "Ops.example.org",
                       .tenant = keystore::TenantId("acme"),
                       .scopes = ScopeSet::ReadOnly(),
                       .signing_profile = {.key_rings = {keystore::RingId("r")}}},
                      {.kind = CertificateIdentity::Kind::kDnsName, .name = "second.example.org"}},
       .observer = &observer_},
      trusted_,
      clock_};
};

TEST_F(CertificateAuthenticatorTest, RecognisesTheIdentitiesOfTheConfiguration) {
  const auto spiffe = authenticator_.Authenticate(NewCertificate("URI:spiffe://example.org/issuer"));
  ASSERT_TRUE(spiffe.ok()) << spiffe.status();
  EXPECT_EQ((*spiffe)->name, "spiffe://example.org/issuer");
  EXPECT_EQ((*spiffe)->tenant, std::nullopt);
  EXPECT_EQ((*spiffe)->scopes, ScopeSet{Scope::kSignTokens});

  const auto host = authenticator_.Authenticate(NewCertificate("DNS:other.example.org,DNS:OPS.EXAMPLE.ORG"));
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_EQ((*host)->name, "Ops.example.org");
  EXPECT_EQ((*host)->tenant, keystore::TenantId("acme"));
  EXPECT_EQ((*host)->scopes, ScopeSet::ReadOnly());
  EXPECT_EQ((*host)->signing_profile.key_rings.size(), 1u);
}

TEST_F(CertificateAuthenticatorTest, ComparesWholeNames) {
  for (const char* names : {"URI:spiffe://example.org/issuer/", "URI:spiffe://example.org/Issuer", "URI:spiffe://example.org/",
                            "DNS:example.org", "DNS:a.ops.example.org", "DNS:*.example.org", "DNS:spiffe://example.org/issuer",
                            "URI:ops.example.org", "email:ops.example.org", "IP:127.0.0.1"}) {
    EXPECT_EQ(Recognise(NewCertificate(names)), reason::kCredentialsMissing) << names;
  }
  EXPECT_EQ(Recognise(NewCertificate("")), reason::kCredentialsMissing) << "the subject is no name";
}

TEST_F(CertificateAuthenticatorTest, TakesTheFirstOfTwoIdentitiesAndNoSpiffeIdBesideAnotherUri) {
  EXPECT_EQ(Recognise(NewCertificate("DNS:second.example.org,DNS:ops.example.org")), "Ops.example.org");
  EXPECT_EQ(Recognise(NewCertificate("URI:spiffe://example.org/issuer,URI:spiffe://example.org/b")), reason::kCredentialsMissing);
}

TEST_F(CertificateAuthenticatorTest, TakesNoNameFromACertificateThatNobodyVouchesFor) {
  const hsm::TestAuthority stranger{.name = "authority"};
  EXPECT_EQ(Recognise(NewCertificate("DNS:ops.example.org", stranger)), reason::kCertificateUntrusted);
  EXPECT_EQ(Recognise("not PEM"), reason::kCertificateUntrusted);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Recognise(NewCertificate("DNS:ops.example.org")), reason::kCertificateUntrusted);
  EXPECT_EQ(observer_.failures[0].client, "ops.example.org");
}

TEST_F(CertificateAuthenticatorTest, SeesThatACertificateHasExpiredWhileItWasRemembered) {
  const std::string chain = NewCertificate("DNS:ops.example.org");
  clock_.Advance(absl::Minutes(59) + absl::Seconds(30));
  EXPECT_EQ(Recognise(chain), "Ops.example.org");
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(Recognise(chain), "Ops.example.org");
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Recognise(chain), reason::kCertificateUntrusted);
}

TEST_F(CertificateAuthenticatorTest, FollowsTheTrustedCertificatesWhenTheyAreReplaced) {
  const std::string chain = NewCertificate("DNS:ops.example.org");
  EXPECT_EQ(Recognise(chain), "Ops.example.org");
  trusted_.Set({});
  EXPECT_EQ(Recognise(chain), reason::kCertificateUntrusted);
  trusted_.Set({authority_der_});
  EXPECT_EQ(Recognise(chain), "Ops.example.org");
  trusted_.Set({"not DER"});
  EXPECT_EQ(Recognise(chain), reason::kCertificateUntrusted);
}

}  // namespace
}  // namespace signet::core
