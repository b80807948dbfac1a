// Clients of SAP's API credentials with a certificate, over HTTPS against the real binary. The credential is made by the command
// that SAP's Terraform provider sends; its token comes from where the credential says.
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "clients/cpp/https_post.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "nlohmann/json.hpp"
#include "server/http/testing/http_client.h"
#include "tests/e2e/access_fixture.h"
#include "tests/testing/await.h"
#include "tests/testing/test_certificate.h"

namespace signet::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string* signetd_path;

// What a client shows, as PEM.
struct Shown {
  std::string certificate;
  std::string key;
};

// SapCertificateTest has a server that trusts two authorities, and the tenant acme.
class SapCertificateTest : public AccessFixture {
 protected:
  SapCertificateTest() : AccessFixture(*signetd_path) {
    std::ofstream(folder_ / "ca.pem") << hsm::ChainToPem({hsm::Issue(authority_, "authority", authority_.key.get(), CaDates()),
                                                          hsm::Issue(another_, "another", another_.key.get(), CaDates())});
  }

  void StartWithTenant() {
    ASSERT_EQ(Bootstrap("admin.json"), 0) << log();
    Start();
    MakeTenant(*ConnectAs("admin.json"), "acme");
    const json admin = json::parse(ReadTextFile(folder_ / "admin.json"), nullptr, false);
    const http::ReceivedResponse login = PostJson("/login/v2.77.1", {{"customIdp", ""},
                                                                     {"subdomain", ""},
                                                                     {"userName", admin.value("client_id", "")},
                                                                     {"password", admin.value("client_secret", "")}});
    ASSERT_EQ(login.status, 200) << login.body;
    session_ = login.fields.at("x-cpcli-sessionid");
  }

  // A certificate with a key of its own that was issued `age` ago.
  static Shown Issue(const hsm::TestAuthority& authority, const std::string& subject, absl::Duration age) {
    const hsm::EvpPkey key = hsm::NewEcKey();
    const std::string der = hsm::Issue(authority, subject, key.get(),
                                       {.not_before = absl::Now() - age,
                                        .not_after = absl::Now() + absl::Hours(1),
                                        .basic_constraints = "CA:FALSE",
                                        .extended_key_usage = "clientAuth"});
    return {hsm::ChainToPem({der}), PrivateKeyToPem(key.get())};
  }

  // As the resource btp_subaccount_api_credential makes it.
  json Create(const std::string& name, const std::string& certificate) {
    const http::ReceivedResponse created = PostJson(
        "/command/v2.77.1/security/api-credential?create",
        {{"paramValues",
          {{"name", name}, {"subaccount", "acme"}, {"directory", ""}, {"certificate", certificate}, {"readOnly", "false"}}}});
    EXPECT_EQ(created.status, 200) << created.body;
    EXPECT_EQ(created.fields.count("x-cpcli-backend-status"), 1u);
    EXPECT_EQ(created.fields.at("x-cpcli-backend-status"), "200") << created.body;
    json credential = json::parse(created.body, nullptr, false);
    EXPECT_EQ(credential["credential-type"], "client certificate");
    return credential;
  }

  client::HttpsReply AskForToken(const json& credential, const Shown& shown, const std::string& authorization = "") {
    client::HttpsRequest request;
    request.url = credential.value("tokenurl", "");
    request.form.emplace_back("grant_type", Secret("client_credentials"));
    if (authorization.empty()) request.form.emplace_back("client_id", Secret(credential.value("clientid", "")));
    request.authorization = Secret(authorization);
    const auto reply = client::PostForm(
        request,
        {.ca_certificate = Tcp().ca_certificate, .client_certificate = shown.certificate, .client_key = Secret(shown.key)});
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : client::HttpsReply();
  }
  void ExpectToken(const json& credential, const Shown& shown) {
    const client::HttpsReply reply = AskForToken(credential, shown);
    EXPECT_EQ(reply.status, 200) << reply.body << "\n" << log();
    EXPECT_THAT(reply.body, HasSubstr("\"access_token\""));
  }
  // Nobody is told more: who guesses learns nothing. RFC 6749 section 5.2 has 401 for those who used the field Authorization.
  void ExpectRefused(const json& credential, const Shown& shown, const std::string& authorization = "") {
    const client::HttpsReply reply = AskForToken(credential, shown, authorization);
    EXPECT_EQ(reply.status, authorization.empty() ? 400 : 401) << reply.body;
    EXPECT_EQ(json::parse(reply.body, nullptr, false),
              (json{{"error", "invalid_client"}, {"error_description", "client authentication failed"}}));
  }
  // Expects that a credential can be made, its certificate pinned or not, and gets no token, as the server asks for no certificate.
  void ExpectMadeAndRefused(bool pinned) {
    const Shown mine = Issue(authority_, "client", absl::Hours(1));
    const json credential = Create("unheard", mine.certificate);
    EXPECT_EQ(credential["certificate-pinning"], pinned);
    ExpectRefused(credential, mine);
    const std::string id = credential.value("clientid", "");
    ExpectRefused(credential, mine, "Basic " + absl::Base64Escape(id + ":x"));
    ExpectRefused(credential, {});
    // The operator is told why.
    EXPECT_TRUE(Await([&] { return absl::StrContains(log(), "\"reason\":\"CREDENTIALS_MISSING\""); })) << log();
    EXPECT_THAT(Metadata(), Not(HasSubstr("tls_client_auth")));
  }

  http::ReceivedResponse PostJson(const std::string& path, const json& value) {
    const std::string body = value.dump();
    return Exchange(absl::StrCat("POST ", path,
                                 " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ", body.size(),
                                 "\r\nX-Cpcli-Format: json\r\nX-Cpcli-Sessionid: ", session_, "\r\n\r\n", body));
  }
  // What clients find out about the token endpoint.
  std::string Metadata() {
    return Exchange("GET /t/acme/.well-known/oauth-authorization-server HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
  }
  http::ReceivedResponse Exchange(const std::string& request) {
    const auto http = http::HttpClient::ConnectTls(https_address(), {.trusted_certificate = Tcp().ca_certificate});
    const auto response = http == nullptr || !http->Send(request) ? std::nullopt : http->Receive();
    EXPECT_TRUE(response.has_value());
    return response.value_or(http::ReceivedResponse());
  }

  static hsm::Issuing CaDates() {
    return {.not_before = absl::Now() - absl::Hours(24), .not_after = absl::Now() + absl::Hours(24)};
  }

  const hsm::TestAuthority authority_{.name = "authority"};
  const hsm::TestAuthority another_{.name = "another"};
  std::string session_ = "none";
};

TEST_F(SapCertificateTest, ANewerCertificateOfTheSameSubjectAndIssuerGetsAToken) {
  ASSERT_NO_FATAL_FAILURE(StartWithTenant());
  const Shown first = Issue(authority_, "client", absl::Hours(2));
  const json credential = Create("renewed", first.certificate);
  EXPECT_EQ(credential["certificate-pinning"], false);
  EXPECT_THAT(Metadata(), HasSubstr("\"tls_client_auth\""));
  ExpectToken(credential, first);
  ExpectToken(credential, Issue(authority_, "client", absl::Hours(1)));
  ExpectToken(credential, Issue(authority_, "client", absl::ZeroDuration()));
}

TEST_F(SapCertificateTest, AnOlderCertificateThanTheLatestOneGetsATokenForTenMinutesAlone) {
  ASSERT_NO_FATAL_FAILURE(StartWithTenant());
  const Shown first = Issue(authority_, "client", absl::Hours(2));
  const json credential = Create("renewed", first.certificate);
  ExpectToken(credential, Issue(authority_, "client", absl::Hours(1)));
  ExpectRefused(credential, first);
  ExpectRefused(credential, Issue(authority_, "client", absl::Minutes(71)));
  ExpectToken(credential, Issue(authority_, "client", absl::Minutes(69)));
}

TEST_F(SapCertificateTest, ACertificateOfAnotherSubjectOrIssuerGetsNoToken) {
  ASSERT_NO_FATAL_FAILURE(StartWithTenant());
  const Shown mine = Issue(authority_, "client", absl::Hours(2));
  const json credential = Create("mine", mine.certificate);
  const json others = Create("others", Issue(authority_, "other", absl::Hours(2)).certificate);
  ExpectRefused(credential, Issue(authority_, "other", absl::Hours(1)));
  ExpectRefused(others, Issue(authority_, "client", absl::Hours(1)));
  ExpectRefused(credential, Issue(another_, "client", absl::Hours(1)));
  // Of the right names, by somebody who only calls itself so.
  const hsm::TestAuthority impostor{.name = "authority"};
  ExpectRefused(credential, Issue(impostor, "client", absl::Hours(1)));
  ExpectRefused(credential, {});
  ExpectToken(credential, mine);
}

TEST_F(SapCertificateTest, WhereNoAuthorityIsTrustedNoCertificateIsAskedForAndTheClientIsRefused) {
  Shell("sed -i '/^authentication:/,$d' signet.yaml");
  ASSERT_NO_FATAL_FAILURE(StartWithTenant());
  ExpectMadeAndRefused(true);
}

TEST_F(SapCertificateTest, AListenerThatAsksForNoCertificateRefusesTheClient) {
  Shell("sed -i '/^http:/,/tls:/ s/server.key}/server.key, request_client_certificates: false}/' signet.yaml");
  ASSERT_NO_FATAL_FAILURE(StartWithTenant());
  ExpectMadeAndRefused(false);
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
