#include "tests/e2e/access_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/secret.h"
#include "nlohmann/json.hpp"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

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

}  // namespace

AccessFixture::AccessFixture(const std::string& program, const std::string& more_configuration)
    : program_(program), grpc_port_(FreePort()), https_port_(FreePort()) {
  DevServer dev(program_, folder_);
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
                                                {{"ROOT", folder_.path()},
                                                 {"MODULE", module_},
                                                 {"GRPC", absl::StrCat(grpc_port_)},
                                                 {"HTTPS", absl::StrCat(https_port_)}})
                                         << more_configuration;
}

void AccessFixture::Shell(const std::string& command) const {
  const ShellResult result = RunShell(absl::StrCat("cd ", folder_.path(), " && ", command));
  ASSERT_EQ(result.exit_code, 0) << command << "\n" << result.out;
}

void AccessFixture::MakeAuthority(const std::string& name) const {
  Shell(
      absl::StrReplaceAll("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=NAME "
                          "-keyout NAME.key -out NAME.pem 2>&1",
                          {{"NAME", name}}));
}

void AccessFixture::MakeClient(const std::string& name, const std::string& authority, const std::string& san) const {
  Shell(absl::StrReplaceAll(
      "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=NAME -keyout NAME.key -out NAME.csr 2>&1 && "
      "printf 'subjectAltName=SAN\\nextendedKeyUsage=clientAuth\\n' >NAME.ext && "
      "openssl x509 -req -in NAME.csr -CA ISSUER.pem -CAkey ISSUER.key -days 1 -extfile NAME.ext -out NAME.pem 2>&1",
      {{"NAME", name}, {"SAN", san}, {"ISSUER", authority}}));
}

std::unique_ptr<SignetdProcess> AccessFixture::Run(std::vector<std::string> arguments) const {
  return std::make_unique<SignetdProcess>(
      SignetdProcess::Options{program_, std::move(arguments), {{"SOFTHSM2_CONF", folder_ / "dev/softhsm2.conf"}}, folder_ / "log"});
}

int AccessFixture::Bootstrap(const std::string& file, std::vector<std::string> more) const {
  more.insert(more.begin(), {"bootstrap", "--config", folder_ / "signet.yaml", "--credential_file", folder_ / file});
  return Run(std::move(more))->Wait();
}

void AccessFixture::Start() {
  server_ = Run({"--config", folder_ / "signet.yaml"});
  ASSERT_TRUE(server_->WaitUntilReady()) << log();
}

client::ClientOptions AccessFixture::Tcp() const {
  return {.grpc_address = absl::StrCat("localhost:", grpc_port_), .ca_certificate = ReadTextFile(folder_ / "dev/ca.pem")};
}

std::unique_ptr<client::Client> AccessFixture::Connect(const client::ClientOptions& options) {
  absl::StatusOr<std::unique_ptr<client::Client>> client = client::Client::Create(options, random_);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

std::unique_ptr<client::Client> AccessFixture::ConnectAs(const std::string& file, const std::string& address) {
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

std::unique_ptr<client::Client> AccessFixture::ConnectWithCertificate(const std::string& name) {
  client::ClientOptions options = Tcp();
  options.client_certificate = ReadTextFile(folder_ / (name + ".pem"));
  options.client_key = Secret(ReadTextFile(folder_ / (name + ".key")));
  return Connect(options);
}

void AccessFixture::MakeTenant(client::Client& admin, const std::string& id) {
  v1::CreateTenantRequest tenant;
  tenant.set_tenant_id(id);
  tenant.mutable_tenant()->set_kind(v1::Tenant::SUBACCOUNT);
  const auto made = admin.Call(&v1::TenantService::Stub::CreateTenant, tenant);
  ASSERT_TRUE(made.ok()) << made.status();
  v1::RotateKeysRequest rotate;
  rotate.set_name(absl::StrCat("tenants/", id, "/keyRings/access-token"));
  rotate.set_force(true);
  const auto rotated = admin.Call(&v1::KeyService::Stub::RotateKeys, rotate);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
}

absl::Status AccessFixture::ListTenants(client::Client& client) {
  return client.Call(&v1::TenantService::Stub::ListTenants, v1::ListTenantsRequest()).status();
}

absl::Status AccessFixture::SignToken(client::Client& client, const std::string& claims, int64_t seconds) {
  v1::SignTokenRequest request;
  request.set_key_ring("tenants/acme/keyRings/access-token");
  request.set_claims_json(claims);
  request.mutable_ttl()->set_seconds(seconds);
  return client.Call(&v1::KeyService::Stub::SignToken, request).status();
}

}  // namespace signet::testing
