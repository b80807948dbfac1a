#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "server/http/http_server.h"
#include "server/http/testing/http_client.h"
#include "server/http/testing/http_server_fixture.h"
#include "tests/testing/test_certificate.h"

namespace signet::http {
namespace {

constexpr char kToken[] = "/t/acme/oauth/token";
constexpr char kByCertificate[] = "grant_type=client_credentials&client_id=ci";
constexpr char kBySecret[] = "grant_type=client_credentials&client_id=ci&client_secret=correct";

class HttpServerTlsTest : public HttpServerFixture {
 protected:
  HttpServerOptions Asking() {
    HttpServerOptions options = Tls();
    options.client_certificates = tls::ClientCertificates::kAsked;
    return options;
  }
  std::unique_ptr<HttpClient> ConnectWith(const TestCertificate& certificate, const std::string& others = "",
                                          int version = TLS1_3_VERSION) {
    HttpClient::Tls tls;
    tls.client_chain = certificate.certificate_pem + others;
    tls.client_key = certificate.private_key_pem;
    tls.max_version = version;
    return ConnectTls(tls);
  }
  // The chain that the token endpoint saw with the last call.
  std::string SeenChain() { return parts_.token_endpoint.calls().back().peer_chain_pem; }
};

TEST_F(HttpServerTlsTest, TheCertificateOfAClientIsSeenWhoeverMadeIt) {
  Start(Asking());
  const TestCertificate own = MakeTestCertificate();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto client = ConnectWith(own, "", version);
    ASSERT_NE(client, nullptr);
    for (int i = 0; i < 2; ++i) {
      const auto response = client->PostForm(kToken, kByCertificate);
      ASSERT_TRUE(response.has_value());
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(SeenChain(), own.certificate_pem);
    }
  }
}

TEST_F(HttpServerTlsTest, TheWholeChainIsSeenTheClientsOwnFirst) {
  Start(Asking());
  const TestCertificate own = MakeTestCertificate();
  const TestCertificate other = MakeTestCertificate();
  const auto client = ConnectWith(own, other.certificate_pem);
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(client->PostForm(kToken, kByCertificate).has_value());
  EXPECT_EQ(SeenChain(), own.certificate_pem + other.certificate_pem);
}

TEST_F(HttpServerTlsTest, AClientNeedsNoCertificate) {
  Start(Asking());
  const auto client = ConnectTls();
  ASSERT_NE(client, nullptr);
  const auto response = client->PostForm(kToken, kBySecret);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(SeenChain(), "");
  EXPECT_EQ(client->PostForm(kToken, kByCertificate)->status, 400);
}

TEST_F(HttpServerTlsTest, ACertificateIsBoundToItsOwnConnection) {
  Start(Asking());
  const TestCertificate first = MakeTestCertificate();
  const TestCertificate second = MakeTestCertificate();
  const auto with_first = ConnectWith(first);
  const auto with_second = ConnectWith(second);
  const auto with_none = ConnectTls();
  ASSERT_TRUE(with_first != nullptr && with_second != nullptr && with_none != nullptr);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(with_none->PostForm(kToken, kBySecret).has_value());
    EXPECT_EQ(SeenChain(), "");
    ASSERT_TRUE(with_second->PostForm(kToken, kByCertificate).has_value());
    EXPECT_EQ(SeenChain(), second.certificate_pem);
    ASSERT_TRUE(with_first->PostForm(kToken, kByCertificate).has_value());
    EXPECT_EQ(SeenChain(), first.certificate_pem);
  }
}

TEST_F(HttpServerTlsTest, SessionsThatAskForCertificatesAreNotResumed) {
  for (const bool asking : {true, false}) {
    Start(asking ? Asking() : Tls());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const auto client = ConnectWith(MakeTestCertificate(), "", version);
      ASSERT_NE(client, nullptr);
      ASSERT_TRUE(client->Get("/livez").has_value());
      EXPECT_EQ(client->CanResume(), !asking) << version;
    }
  }
}

TEST_F(HttpServerTlsTest, WhereClientsAreNotAskedTheyAreNotSeen) {
  Start(Tls());
  const auto client = ConnectWith(MakeTestCertificate());
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(client->PostForm(kToken, kBySecret).has_value());
  EXPECT_EQ(SeenChain(), "");
}

TEST_F(HttpServerTlsTest, ACertificateWithoutItsKeyIsNoProof) {
  Start(Asking());
  TestCertificate stolen = MakeTestCertificate();
  stolen.private_key_pem = MakeTestCertificate().private_key_pem;
  // OpenSSL's client refuses to try, so all that can be said is that there is no connection.
  EXPECT_EQ(ConnectWith(stolen), nullptr);
}

TEST_F(HttpServerTlsTest, AnOversizedChainIsRefused) {
  Start(Asking());
  std::string others;
  for (int i = 0; i < 120; ++i) others += MakeTestCertificate().certificate_pem;
  const auto client = ConnectWith(MakeTestCertificate(), others);
  EXPECT_TRUE(client == nullptr || !client->Get("/livez").has_value());
  EXPECT_TRUE(ConnectTls()->Get("/livez").has_value());
}

TEST_F(HttpServerTlsTest, DiscoveryOffersCertificatesWhereClientsAreAskedForThem) {
  for (const bool asking : {true, false}) {
    Start(asking ? Asking() : Tls());
    const auto response = ConnectTls()->Get("/t/acme/.well-known/oauth-authorization-server");
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(absl::StrContains(response->body, "\"tls_client_auth\""), asking);
  }
}

TEST_F(HttpServerTlsTest, ARenewedCertificateIsForNewConnectionsAndTheOthersGoOn) {
  Start(Tls());
  const auto before = ConnectTls();
  ASSERT_NE(before, nullptr);
  ASSERT_TRUE(before->Get("/livez").has_value());

  const TestCertificate renewed = MakeTestCertificate();
  certificates_.Renew(renewed.certificate_pem, renewed.private_key_pem);
  EXPECT_EQ(ConnectTls(), nullptr) << "shows the renewed one, which this client does not trust";
  const auto after = HttpClient::ConnectTls(server_->bound_address(), {.trusted_certificate = renewed.certificate_pem});
  ASSERT_NE(after, nullptr);
  EXPECT_TRUE(after->Get("/livez").has_value());
  EXPECT_TRUE(before->Get("/livez").has_value());
}

TEST_F(HttpServerTlsTest, ARenewalThatCannotBeUsedIsLoggedAndTheFormerCertificateGoesOn) {
  Start(Tls());
  certificates_.Renew(certificate_.certificate_pem, MakeTestCertificate().private_key_pem);
  EXPECT_NE(ConnectTls(), nullptr);
  EXPECT_NE(ConnectTls(), nullptr);
  const auto line = parts_.logger.WaitFor("http listener keeps its former certificate");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->level, LogLevel::kError);
}

TEST_F(HttpServerTlsTest, CertificateAndKeyThatDoNotFitOrAreNotPemAreInvalid) {
  const std::string chain = certificate_.certificate_pem;
  const std::string key = certificate_.private_key_pem;
  const std::pair<std::string, std::string> pairs[] = {
      {chain, MakeTestCertificate().private_key_pem}, {chain, ""}, {"", key}, {"", ""}, {"nonsense", key}};
  for (const auto& [some_chain, some_key] : pairs) {
    certificates_.Renew(some_chain, some_key);
    EXPECT_EQ(HttpServer::Create(Tls()).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace signet::http
