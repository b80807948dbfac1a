#ifndef SIGNET_TESTS_E2E_ACCESS_FIXTURE_H_
#define SIGNET_TESTS_E2E_ACCESS_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/random.h"
#include "clients/cpp/client.h"
#include "clients/cpp/token_source.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/signetd_process.h"

namespace signet::testing {

// AccessFixture has a token and certificates, as `signetd --dev` makes them, an authority of clients, and a configuration with an
// empty store of its own that uses them. It knows two identities by their certificates: "issuer", which may sign for the tenant
// acme, and "reader", which may list tenants.
class AccessFixture : public ::testing::Test {
 protected:
  // `program` is signetd; `more_configuration` are further sections, as YAML.
  explicit AccessFixture(const std::string& program, const std::string& more_configuration = "");

  void Shell(const std::string& command) const;
  void MakeAuthority(const std::string& name) const;
  void MakeClient(const std::string& name, const std::string& authority, const std::string& san) const;

  std::unique_ptr<SignetdProcess> Run(std::vector<std::string> arguments) const;
  int Bootstrap(const std::string& file, std::vector<std::string> more = {}) const;
  void Start();
  std::string log() const { return ReadTextFile(folder_ / "log"); }

  client::ClientOptions Tcp() const;
  std::string socket_address() const { return "unix:" + folder_.path() + "/grpc.sock"; }
  std::string https_address() const { return absl::StrCat("localhost:", https_port_); }
  std::unique_ptr<client::Client> Connect(const client::ClientOptions& options);
  // One that brings tokens of the credential in a file.
  std::unique_ptr<client::Client> ConnectAs(const std::string& file, const std::string& address = "");
  std::unique_ptr<client::Client> ConnectWithCertificate(const std::string& name);
  // Makes a tenant with a key that signs.
  static void MakeTenant(client::Client& admin, const std::string& id);

  static absl::Status ListTenants(client::Client& client);
  static absl::Status SignToken(client::Client& client, const std::string& claims, int64_t seconds = 60);

  const std::string program_;
  TestFolder folder_;
  SystemRandom random_;
  SystemClock clock_;
  const int grpc_port_;
  const int https_port_;
  std::string module_;
  std::vector<std::unique_ptr<client::TokenSource>> sources_;
  std::unique_ptr<SignetdProcess> server_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_ACCESS_FIXTURE_H_
