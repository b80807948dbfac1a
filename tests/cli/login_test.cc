// Logging in and out against the real server, as a user does who has the client id and the secret of an API credential.

#include <fstream>
#include <string>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/signet_fixture.h"
#include "tests/cli/signet_program.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/shell.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// LoginTest has a credential of the tenant `dev`, and a configuration that names the server and no credential.
class LoginTest : public SignetFixture {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(SignetFixture::SetUp());
    auto configuration = nlohmann::json::parse(ReadTextFile(server_.data_dir() + "/signet.json"), nullptr, false);
    ASSERT_EQ(configuration.erase("admin_credential_file"), 1u);
    std::ofstream(configuration_) << configuration.dump();
    const auto credential = Json({"create", "security/api-credential", "--name", "ci", "--subaccount", "dev"});
    client_id_ = credential.value("clientid", "");
    secret_ = credential.value("clientsecret", "");
  }

  SignetProgram::Result Run(Words words, const std::string& input = "") {
    words.insert(words.begin(), {"--config", configuration_});
    return program_.Run(words, input);
  }
  SignetProgram::Result LogIn(const std::string& secret) {
    return Run({"login", "--client-id", client_id_, "--subaccount", "dev"}, secret + "\n");
  }
  // Expects that a call asks to log in.
  void ExpectNotLoggedIn() {
    const SignetProgram::Result result = Run({"list", "security/token-key", "--subaccount", "dev"});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.err,
                AllOf(StartsWith("FAILED: "), HasSubstr("\nReason: CREDENTIALS_MISSING\nHint: log in with `signet login`")));
  }
  // The status of a call over HTTP with this token alone.
  std::string StatusWith(const std::string& token) {
    const Words curl = {"curl --silent --max-time 20 --output /dev/null --write-out '%{http_code}' --cacert",
                        server_.data_dir() + "/ca.pem", "--header 'Authorization: Bearer " + token + "'",
                        server_.announcement().value("https_url", "") + "/t/dev/api/v2/keys/signing"};
    return RunShell(absl::StrJoin(curl, " ")).out;
  }

  const std::string configuration_ = folder_ / "mine.json";
  const std::string session_ = folder_ / "mine.session.json";
  std::string client_id_;
  std::string secret_;
};

TEST_F(LoginTest, ALoginServesUntilTheLogoutWhichEndsItsToken) {
  ExpectNotLoggedIn();
  const SignetProgram::Result login = LogIn(secret_);
  EXPECT_EQ(login.exit_code, 0) << login.err;
  EXPECT_THAT(login.out, AllOf(StartsWith("Logged in as '" + client_id_ + "'\n"), Not(HasSubstr(secret_))));

  // The tenant of the login is the target from now on.
  const SignetProgram::Result list = Run({"list", "security/token-key"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  const auto stored = nlohmann::json::parse(ReadTextFile(session_), nullptr, false);
  ASSERT_TRUE(stored.is_object());
  const std::string token = stored.value("access_token", "");
  EXPECT_EQ(StatusWith(token), "200");

  const SignetProgram::Result logout = Run({"logout"});
  EXPECT_EQ(logout.exit_code, 0);
  EXPECT_EQ(logout.out, "Logged out\n\nOK\n");
  EXPECT_EQ(logout.err, "");
  EXPECT_EQ(StatusWith(token), "401");
  EXPECT_EQ(ReadTextFile(session_), "");
  ExpectNotLoggedIn();
  EXPECT_EQ(Run({"logout"}).out, "You were not logged in\n\nOK\n");
}

TEST_F(LoginTest, AWrongSecretLogsNobodyInAndIsNotStored) {
  const SignetProgram::Result login = LogIn("wrong");
  EXPECT_EQ(login.exit_code, 3);
  EXPECT_EQ(login.out, "");
  EXPECT_THAT(login.err, HasSubstr("Hint: the secret is wrong, or the client unknown or expired"));
  EXPECT_EQ(ReadTextFile(session_), "");
  ExpectNotLoggedIn();
}

TEST_F(LoginTest, ACredentialThatIsDeletedEndsTheLogin) {
  ASSERT_EQ(LogIn(secret_).exit_code, 0);
  Succeed({"delete", "security/api-credential", "ci", "--confirm", "--subaccount", "dev"});
  const SignetProgram::Result list = Run({"list", "security/token-key"});
  EXPECT_EQ(list.exit_code, 3);
  EXPECT_THAT(list.err, HasSubstr("`signet login`"));
  // The secret goes all the same.
  EXPECT_EQ(Run({"logout"}).exit_code, 0);
  EXPECT_EQ(ReadTextFile(session_), "");
}

}  // namespace
}  // namespace signet::testing
