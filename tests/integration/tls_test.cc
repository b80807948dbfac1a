// TLS as clients meet it: its versions, certificates that change, and what is made of the clients' own.
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/tls/certificate_files.h"
#include "tests/integration/rpc_test.h"
#include "tests/integration/scripted_authenticator.h"
#include "tests/testing/test_certificate.h"

namespace signet::testing {
namespace {

void Write(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::trunc) << content; }

std::string CallOn(const std::shared_ptr<grpc::Channel>& channel) {
  TenantStub stub(channel);
  v1::GetTenantRequest request;
  request.set_name("tenants/none");
  return Call(stub, &TenantStub::GetTenant, request, {.timeout = std::chrono::seconds(10)}).outcome();
}
constexpr char kAnswer[] = "NOT_FOUND TENANT_NOT_FOUND";
constexpr char kNoConnection[] = "UNAVAILABLE";

// The outcome of a call on a new connection that trusts `root` alone.
std::string CallTrusting(const TestServer& server, const std::string& root) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = root;
  return CallOn(server.ConnectWith(tls));
}

// The version that a client gets which speaks no others than those from `min` to `max`; "" if there is none.
std::string VersionOf(const std::string& address, int min, int max) {
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  uint32_t port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  name.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // What OpenSSL would not even offer by itself.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), min);
  SSL_CTX_set_max_proto_version(context.get(), max);
  const unsigned char h2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), h2, sizeof(h2));
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), fd);
  const bool connected = SSL_connect(ssl.get()) == 1;
  const std::string version = connected ? SSL_get_version(ssl.get()) : "";
  ERR_clear_error();
  close(fd);
  return version;
}

TEST(TlsTest, Version12And13AreSpokenAndNoOlderOne) {
  TestServer server;
  const std::string address = server.grpc_server().bound_addresses()[0];
  EXPECT_EQ(VersionOf(address, TLS1_VERSION, TLS1_3_VERSION), "TLSv1.3");
  EXPECT_EQ(VersionOf(address, TLS1_VERSION, TLS1_2_VERSION), "TLSv1.2");
  EXPECT_EQ(VersionOf(address, TLS1_VERSION, TLS1_1_VERSION), "");
}

// TlsReloadTest is a server on a certificate in files, which a test changes.
class TlsReloadTest : public ::testing::Test {
 protected:
  TlsReloadTest() {
    WriteBoth(first_);
    files_ = *tls::CertificateFiles::Create({.certificate_file = folder_ + "/tls.crt",
                                             .private_key_file = folder_ + "/tls.key",
                                             .interval = absl::InfiniteDuration(),
                                             .logger = nullptr});
    server_ = std::make_unique<TestServer>(TestServerOptions{.addresses = {"127.0.0.1:0"}, .certificate = files_.get()});
  }
  ~TlsReloadTest() override { std::filesystem::remove_all(folder_); }

  void WriteBoth(const TestCertificate& pair) {
    Write(folder_ + "/tls.crt", pair.certificate_pem);
    Write(folder_ + "/tls.key", pair.private_key_pem);
  }
  void LookTwice() {
    files_->Look();
    files_->Look();
  }
  // Opens connections until one gets the certificate `root`: gRPC looks for a new one every second.
  void AwaitCertificate(const std::string& root) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (CallTrusting(*server_, root) != kAnswer) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }

  const std::string folder_ = [] {
    std::string pattern = absl::StrCat(std::getenv("TEST_TMPDIR"), "/tls-XXXXXX");
    return std::string(mkdtemp(pattern.data()));
  }();
  const TestCertificate first_ = MakeTestCertificate();
  const TestCertificate second_ = MakeTestCertificate();
  std::unique_ptr<tls::CertificateFiles> files_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(TlsReloadTest, NewConnectionsGetTheNewCertificateAndOpenOnesGoOn) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = first_.certificate_pem;
  const std::shared_ptr<grpc::Channel> open = server_->ConnectWith(tls);
  EXPECT_EQ(CallOn(open), kAnswer);
  EXPECT_EQ(CallTrusting(*server_, second_.certificate_pem), kNoConnection);

  WriteBoth(second_);
  LookTwice();
  AwaitCertificate(second_.certificate_pem);
  EXPECT_EQ(CallTrusting(*server_, first_.certificate_pem), kNoConnection);
  EXPECT_EQ(CallOn(open), kAnswer);

  // And back.
  WriteBoth(first_);
  LookTwice();
  AwaitCertificate(first_.certificate_pem);
}

TEST_F(TlsReloadTest, FilesThatDoNotFitEachOtherTakeNothingDown) {
  Write(folder_ + "/tls.crt", second_.certificate_pem);
  LookTwice();
  EXPECT_EQ(CallTrusting(*server_, first_.certificate_pem), kAnswer);
  Write(folder_ + "/tls.key", second_.private_key_pem.substr(0, 50));
  LookTwice();
  EXPECT_EQ(CallTrusting(*server_, first_.certificate_pem), kAnswer);
  Write(folder_ + "/tls.key", second_.private_key_pem);
  LookTwice();
  AwaitCertificate(second_.certificate_pem);
}

// ClientCertificateTest has an authenticator that remembers what callers presented.
class ClientCertificateTest : public ::testing::Test {
 protected:
  ClientCertificateTest() { authenticator_.SetAnonymous(core::LocalPrincipal()); }

  TestServerOptions Options(tls::ClientCertificates client_certificates) {
    return {.client_certificates = client_certificates, .authenticator = &authenticator_};
  }
  // What the authenticator sees of a client with these certificates.
  std::string Presented(const TestServer& server, const std::string& chain, const std::string& private_key) {
    grpc::SslCredentialsOptions tls;
    tls.pem_cert_chain = chain;
    tls.pem_private_key = private_key;
    EXPECT_EQ(CallOn(server.ConnectWith(tls)), kAnswer);
    return authenticator_.last_peer_chain();
  }

  ScriptedAuthenticator authenticator_;
  const TestCertificate client_ = MakeTestCertificate();
};

TEST_F(ClientCertificateTest, ACertificateThatNobodyVouchesForIsPassedOn) {
  const TestServer server(Options(tls::ClientCertificates::kAsked));
  EXPECT_EQ(Presented(server, client_.certificate_pem, client_.private_key_pem), client_.certificate_pem);
}

TEST_F(ClientCertificateTest, AChainIsPassedOnWithTheClientsOwnFirstAndOnce) {
  const TestServer server(Options(tls::ClientCertificates::kAsked));
  const std::string chain = client_.certificate_pem + MakeTestCertificate().certificate_pem + MakeTestCertificate().certificate_pem;
  EXPECT_EQ(Presented(server, chain, client_.private_key_pem), chain);
}

TEST_F(ClientCertificateTest, AClientWithoutACertificateIsServedToo) {
  const TestServer server(Options(tls::ClientCertificates::kAsked));
  EXPECT_EQ(Presented(server, "", ""), "");
}

TEST_F(ClientCertificateTest, WhereNoneIsAskedForNoneIsSeen) {
  const TestServer server(Options(tls::ClientCertificates::kIgnored));
  EXPECT_EQ(Presented(server, client_.certificate_pem, client_.private_key_pem), "");
}

TEST_F(ClientCertificateTest, ACertificateOnAUnixSocketThereIsNot) {
  std::string pattern = "/tmp/signet-XXXXXX";
  const std::string folder = mkdtemp(pattern.data());
  {
    TestServerOptions options = Options(tls::ClientCertificates::kAsked);
    options.addresses = {absl::StrCat("unix:", folder, "/socket")};
    const TestServer server(options);
    EXPECT_EQ(CallOn(server.Connect()), kAnswer);
    EXPECT_EQ(authenticator_.last_peer_chain(), "");
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace signet::testing
