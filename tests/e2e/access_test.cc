// Who gets in, on the real binary with a configuration: nobody, the administrator that `signetd bootstrap` made, and identities
// that are known by their certificates.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* signetd_path;

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// AccessTest has a token and certificates, as `signetd --dev` makes them, an authority of clients, and a configuration with an
// empty store of its own that uses them.
class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    DevServer dev(*signetd_path, folder_);
    EXPECT_TRUE(dev.Start()) << dev.log();
    module_ = dev.announcement().value("token_module", "");
    EXPECT_EQ(dev.Stop(), 0);
    MakeAuthority("ca");
    MakeClient("issuer", "ca", "URI:spiffe://example.org/issuer");
    MakeClient("reader", "ca", "DNS:reader.example.org");
    std::ofstream(folder_ / "signet.yaml") << absl::StrReplaceAll(
        R"(grpc:
  addresses: ["127.0.0.1:GRPC", "unix:ROOT/grpc.sock"]
  tls: {certificate_file: ROOT/dev/server.pem, private_key_file: ROOT/dev/server.key}
http:
  address: 127.0.0.1:HTTPS
  public_url: https://localhost:HTTPS
  tls: {certificate_file: ROOT/dev/server.pem, private_key_file: ROOT/dev/server.key}
hsm: {module: MODULE, token_label: signet-dev, pin_file: ROOT/dev/token-pin, sessions: 2}
store: {sqlite_path: ROOT/own.db}
authentication:
  client_ca_file: ROOT/ca.pem
  identities:
    - spiffe_id: spiffe://example.org/issuer
      tenant: acme
      scopes: ["sign:tokens"]
      signing_profile: {audiences: ["https://orders.example.com"], max_ttl: 5m}
    - {dns_name: reader.example.org, scopes: ["read:tenants"]}
)",
        {{"ROOT", folder_.path()}, {"MODULE", module_}, {"GRPC", absl::StrCat(grpc_port_)}, {"HTTPS", absl::StrCat(https_port_)}});
  }

  void Shell(const std::string& command) const {
    const ShellResult result = RunShell(absl::StrCat("cd ", folder_.path(), " && ", command));
    ASSERT_EQ(result.exit_code, 0) << command << "\n" << result.out;
  }
  void MakeAuthority(const std::string& name) const {
    Shell(
        absl::StrReplaceAll("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=NAME "
                            "-keyout NAME.key -out NAME.pem 2>&1",
                            {{"NAME", name}}));
  }
  void MakeClient(const std::string& name, const std::string& authority, const std::string& san) const {
    Shell(absl::StrReplaceAll(
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=NAME -keyout NAME.key -out NAME.csr 2>&1 && "
        "printf 'subjectAltName=SAN\\nextendedKeyUsage=clientAuth\\n' >NAME.ext && "
        "openssl x509 -req -in NAME.csr -CA ISSUER.pem -CAkey ISSUER.key -days 1 -extfile NAME.ext -out NAME.pem 2>&1",
        {{"NAME", name}, {"SAN", san}, {"ISSUER", authority}}));
  }

  std::unique_ptr<SignetdProcess> Run(std::vector<std::string> arguments) const {
    return std::make_unique<SignetdProcess>(SignetdProcess::Options{
        *signetd_path, std::move(arguments), {{"SOFTHSM2_CONF", folder_ / "dev/softhsm2.conf"}}, folder_ / "log"});
  }
  int Bootstrap(const std::string& file, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"bootstrap", "--config", folder_ / "signet.yaml", "--credential_file", folder_ / file});
    return Run(std::move(more))->Wait();
  }
  void Start() {
    server_ = Run({"--config", folder_ / "signet.yaml"});
    ASSERT_TRUE(server_->WaitUntilReady()) << log();
  }
  std::string log() const { return ReadTextFile(folder_ / "log"); }

  client::ClientOptions Tcp() const {
    return {.grpc_address = absl::StrCat("localhost:", grpc_port_), .ca_certificate = ReadTextFile(folder_ / "dev/ca.pem")};
  }
  std::unique_ptr<client::Client> Connect(const client::ClientOptions& options) {
    absl::StatusOr<std::unique_ptr<client::Client>> client = client::Client::Create(options, random_);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }
  std::string socket_address() const { return "unix:" + folder_.path() + "/grpc.sock"; }
  // One that brings tokens of the credential in a file.
  std::unique_ptr<client::Client> ConnectAs(const std::string& file, const std::string& address = "") {
    const nlohmann::json credential = nlohmann::json::parse(ReadTextFile(folder_ / file), nullptr, false);
    client::ClientOptions options = Tcp();
    auto source = client::TokenSource::Create({.token_url = credential.value("token_url", ""),
                                               .client_id = credential.value("client_id", ""),
                                               .client_secret = Secret(credential.value("client_secret", "")),
                                               .trust = {.ca_certificate = options.ca_certificate}},
                                              clock_);
    EXPECT_TRUE(source.ok()) << source.status();
    sources_.push_back(*std::move(source));
    options.token_source = sources_.back().get();
    if (!address.empty()) options.grpc_address = address;
    return Connect(options);
  }
  std::unique_ptr<client::Client> ConnectWithCertificate(const std::string& name) {
    client::ClientOptions options = Tcp();
    options.client_certificate = ReadTextFile(folder_ / (name + ".pem"));
    options.client_key = Secret(ReadTextFile(folder_ / (name + ".key")));
    return Connect(options);
  }

  static absl::Status ListTenants(client::Client& client) {
    return client.Call(&v1::TenantService::Stub::ListTenants, v1::ListTenantsRequest()).status();
  }
  static absl::Status SignToken(client::Client& client, const std::string& claims, int64_t seconds = 60) {
    v1::SignTokenRequest request;
    request.set_key_ring("tenants/acme/keyRings/access-token");
    request.set_claims_json(claims);
    request.mutable_ttl()->set_seconds(seconds);
    return client.Call(&v1::KeyService::Stub::SignToken, request).status();
  }
  // "OK", or code and reason.
  static std::string Outcome(const absl::Status& status) {
    return status.ok() ? "OK" : absl::StrCat(absl::StatusCodeToString(status.code()), " ", GetReason(status));
  }
  // Asks again until the answer is `outcome`: what was changed in a file takes a second or two.
  template <typename Ask>
  static std::string Await(const std::string& outcome, Ask ask) {
    std::string last;
    for (int i = 0; i < 300 && (last = Outcome(ask())) != outcome; ++i) absl::SleepFor(absl::Milliseconds(100));
    return last;
  }

  TestFolder folder_;
  SystemRandom random_;
  SystemClock clock_;
  const int grpc_port_ = FreePort();
  const int https_port_ = FreePort();
  std::string module_;
  std::vector<std::unique_ptr<client::TokenSource>> sources_;
  std::unique_ptr<SignetdProcess> server_;
};

TEST_F(AccessTest, BootstrapMakesTheAdministratorOnceAndReplacesItWhenToldTo) {
  ASSERT_EQ(Bootstrap("admin.json"), 0) << log();
  struct stat status;
  ASSERT_EQ(stat((folder_ / "admin.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  EXPECT_EQ(Bootstrap("second.json"), 2);
  EXPECT_THAT(log(), HasSubstr("--replace"));
  EXPECT_EQ(ReadTextFile(folder_ / "second.json"), "");

  EXPECT_EQ(Bootstrap("admin.json", {"--replace"}), 1) << "what is in the file would be lost";
  ASSERT_EQ(Bootstrap("new.json", {"--replace"}), 0) << log();
  Start();
  EXPECT_EQ(Outcome(ListTenants(*ConnectAs("new.json"))), "OK");
  EXPECT_EQ(Outcome(ListTenants(*ConnectAs("new.json", socket_address()))), "OK");
  EXPECT_TRUE(absl::IsUnauthenticated(ListTenants(*ConnectAs("admin.json"))));
  EXPECT_EQ(Bootstrap("third.json", {"--replace"}), 1);
  EXPECT_THAT(log(), HasSubstr("is in use by another signetd"));
}

TEST_F(AccessTest, WithoutCredentialsOnlyTheJwksIsServed) {
  Start();
  for (const std::string& address : {absl::StrCat("localhost:", grpc_port_), socket_address()}) {
    client::ClientOptions options = Tcp();
    options.grpc_address = address;
    const auto client = Connect(options);
    EXPECT_EQ(Outcome(ListTenants(*client)), "UNAUTHENTICATED CREDENTIALS_MISSING") << address;
    EXPECT_EQ(Outcome(SignToken(*client, "{}")), "UNAUTHENTICATED CREDENTIALS_MISSING") << address;
    v1::GetJwksRequest jwks;
    jwks.set_parent("tenants/system");
    EXPECT_EQ(Outcome(client->Call(&v1::KeyService::Stub::GetJwks, jwks).status()), "OK") << address;
  }
}

TEST_F(AccessTest, AnIdentityMayWhatTheConfigurationSays) {
  ASSERT_EQ(Bootstrap("admin.json"), 0) << log();
  Start();
  const auto admin = ConnectAs("admin.json");
  v1::CreateTenantRequest tenant;
  tenant.set_tenant_id("acme");
  tenant.mutable_tenant()->set_kind(v1::Tenant::SUBACCOUNT);
  ASSERT_EQ(Outcome(admin->Call(&v1::TenantService::Stub::CreateTenant, tenant).status()), "OK");
  v1::RotateKeysRequest rotate;
  rotate.set_name("tenants/acme/keyRings/access-token");
  rotate.set_force(true);
  ASSERT_EQ(Outcome(admin->Call(&v1::KeyService::Stub::RotateKeys, rotate).status()), "OK");

  const auto issuer = ConnectWithCertificate("issuer");
  EXPECT_EQ(Outcome(SignToken(*issuer, R"({"aud":"https://orders.example.com"})")), "OK");
  EXPECT_EQ(Outcome(SignToken(*issuer, R"({"aud":"https://other.example.com"})")), "PERMISSION_DENIED SIGNING_PROFILE");
  EXPECT_EQ(Outcome(SignToken(*issuer, R"({"aud":"https://orders.example.com"})", 301)), "PERMISSION_DENIED SIGNING_PROFILE");
  EXPECT_EQ(Outcome(ListTenants(*issuer)), "PERMISSION_DENIED INSUFFICIENT_SCOPE");
  const auto reader = ConnectWithCertificate("reader");
  EXPECT_EQ(Outcome(ListTenants(*reader)), "OK");
  EXPECT_EQ(Outcome(SignToken(*reader, "{}")), "PERMISSION_DENIED INSUFFICIENT_SCOPE");

  MakeAuthority("other-ca");
  MakeClient("stranger", "other-ca", "URI:spiffe://example.org/issuer");
  EXPECT_EQ(Outcome(SignToken(*ConnectWithCertificate("stranger"), "{}")), "UNAUTHENTICATED CERTIFICATE_UNTRUSTED");

  // The authority is replaced, without a restart.
  Shell("cp other-ca.pem new.pem && mv new.pem ca.pem");
  const std::string claims = R"({"aud":"https://orders.example.com"})";
  EXPECT_EQ(Await("OK", [&] { return SignToken(*ConnectWithCertificate("stranger"), claims); }), "OK");
  EXPECT_EQ(Outcome(SignToken(*ConnectWithCertificate("issuer"), claims)), "UNAUTHENTICATED CERTIFICATE_UNTRUSTED");
}

TEST_F(AccessTest, ANewServerCertificateIsTakenUpWithoutARestart) {
  ASSERT_EQ(Bootstrap("admin.json"), 0) << log();
  Start();
  ASSERT_EQ(Outcome(ListTenants(*ConnectAs("admin.json"))), "OK");
  Shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost "
      "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout new.key -out new.pem 2>&1 && "
      "cp new.pem dev/ca.pem && mv new.key dev/server.key && mv new.pem dev/server.pem");
  // gRPC and HTTPS both: the token comes from there.
  EXPECT_EQ(Await("OK", [&] { return ListTenants(*ConnectAs("admin.json")); }), "OK") << log();
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
