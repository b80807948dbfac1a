// Who gets in, on the real binary with a configuration: nobody, the administrator that `signetd bootstrap` made, and identities
// that are known by their certificates.
#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/access_fixture.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

std::string* signetd_path;

class AccessTest : public AccessFixture {
 protected:
  AccessTest() : AccessFixture(*signetd_path) {}
};

// "OK", or code and reason.
std::string Outcome(const absl::Status& status) {
  return status.ok() ? "OK" : absl::StrCat(absl::StatusCodeToString(status.code()), " ", GetReason(status));
}
// Asks again until the answer is `outcome`: what was changed in a file takes a second or two.
template <typename Ask>
std::string Await(const std::string& outcome, Ask ask) {
  std::string last;
  for (int i = 0; i < 300 && (last = Outcome(ask())) != outcome; ++i) absl::SleepFor(absl::Milliseconds(100));
  return last;
}

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
  MakeTenant(*admin, "acme");

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
