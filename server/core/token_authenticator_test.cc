#include "server/core/token_authenticator.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "server/core/authentication_observer.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

class Failures final : public AuthenticationObserver {
 public:
  void OnFailure(const AuthenticationFailure& failure) override { reasons.push_back(failure.reason); }
  std::vector<std::string> reasons;
};

class TokenAuthenticatorTest : public OAuthTest {
 protected:
  // Who is recognised; the reason if nobody is.
  std::string Recognise(const std::string& authorization, const std::string& chain = "") {
    const auto principal = authenticator_.Authenticate({authorization, chain});
    if (principal.ok()) return (*principal)->name;
    EXPECT_EQ(principal.status().code(), absl::StatusCode::kUnauthenticated) << principal.status();
    return GetReason(principal.status());
  }

  hsm::TestAuthority authority_{.name = "authority"};
  TrustedCertificates trusted_{{hsm::Issue(authority_, "authority", authority_.key.get())}};
  hsm::EvpPkey key_ = hsm::NewEcKey();
  std::string certificate_ = hsm::ChainToPem(
      {hsm::Issue(authority_, "client", key_.get(), {.basic_constraints = "CA:FALSE", .subject_alt_name = "DNS:ops.example.org"})});
  Failures failures_;
  TokenAuthenticator authenticator_{
      {.tokens = {.audiences = {kApi}, .observer = &failures_},
       .certificates = {.identities = {{.kind = CertificateIdentity::Kind::kDnsName, .name = "ops.example.org"}}}},
      process().directory,
      process().credentials,
      trusted_,
      clock_};
};

TEST_F(TokenAuthenticatorTest, RecognisesACallerByTheTokenFirst) {
  const std::string token = NewToken({NewSecretClient("ci")});
  EXPECT_EQ(Recognise(absl::StrCat("Bearer ", token)), "tenants/acme/credentials/ci");
  EXPECT_EQ(Recognise(absl::StrCat("bearer ", token), certificate_), "tenants/acme/credentials/ci");
  EXPECT_EQ(Recognise("", certificate_), "ops.example.org");
}

TEST_F(TokenAuthenticatorTest, TakesNoCertificateInThePlaceOfATokenThatDoesNotCount) {
  EXPECT_EQ(Recognise("Bearer x", certificate_), reason::kBearerTokenInvalid);
  EXPECT_EQ(Recognise("Bearer", certificate_), reason::kBearerTokenInvalid);
  EXPECT_EQ(Recognise("Basic eDp5", certificate_), reason::kCredentialsMissing);
}

TEST_F(TokenAuthenticatorTest, MissesCredentialsWhereThereAreNone) {
  const std::string token = NewToken({NewSecretClient("ci")});
  EXPECT_EQ(Recognise(""), reason::kCredentialsMissing);
  EXPECT_EQ(Recognise(absl::StrCat("DPoP ", token)), reason::kCredentialsMissing);
  EXPECT_EQ(Recognise(token), reason::kCredentialsMissing);
}

TEST_F(TokenAuthenticatorTest, TellsOfThoseWhoTryInVainAndNotOfThoseWhoDoNot) {
  Recognise("");
  EXPECT_TRUE(failures_.reasons.empty());
  Recognise("Basic eDp5");
  Recognise("Bearer x");
  EXPECT_EQ(failures_.reasons, (std::vector<std::string>{"AUTHORIZATION_SCHEME", "TOKEN_MALFORMED"}));
}

}  // namespace
}  // namespace signet::core
