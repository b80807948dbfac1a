#include "clients/cli/login_commands.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/content.h"
#include "clients/cli/program_runner.h"
#include "clients/cli/session_file.h"
#include "clients/cpp/scripted_https_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class LoginCommandsTest : public testing::Test {
 protected:
  LoginCommandsTest() {
    runner_.Write("ca.pem", endpoint_.ca_certificate());
    runner_.Configure({{"ca_certificate", "ca.pem"}, {"https_url", endpoint_.url() + "/"}});
  }

  ProgramRunner::Result Login(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"login", "--client-id", "c1"};
    words.insert(words.end(), more.begin(), more.end());
    return runner_.Run(words);
  }
  // As somebody who is logged in with the token t1.
  void LogIn() {
    endpoint_.ReplyToken("t1");
    runner_.in = "s3cret\n";
    ASSERT_EQ(Login().exit_code, kExitOk);
    runner_.in = "";
  }
  ProgramRunner::Result ListKeys() {
    runner_.server().Reply("ListKeys", v1::ListKeysResponse());
    return runner_.Run({"list", "security/token-key", "--subaccount", "dev"});
  }
  std::vector<std::string> Tokens() { return runner_.server().Authorizations("ListKeys"); }
  std::string SessionPath() const { return runner_.folder() + "/signet.session.json"; }

  client::ScriptedHttpsServer endpoint_;
  ProgramRunner runner_;
};

TEST_F(LoginCommandsTest, LoginProvesTheSecretAndStoresItForItsOwnerAlone) {
  endpoint_.ReplyToken("t1");
  runner_.in = "s3cret\n";
  const ProgramRunner::Result result = Login();
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.out,
            "Logged in as 'c1'\n\nToken URL: " + endpoint_.url() + "/oauth/token\nStored in: " + SessionPath() + "\n\nOK\n");
  struct stat status = {};
  ASSERT_EQ(stat(SessionPath().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  const absl::StatusOr<StoredSession> stored = ReadSessionFile(SessionPath());
  EXPECT_EQ(stored->credential->client_secret.Expose(), "s3cret");
  EXPECT_EQ(stored->credential->token_url, endpoint_.url() + "/oauth/token");
}

TEST_F(LoginCommandsTest, ASecretThatIsWrongIsNotStored) {
  endpoint_.Reply(401, R"({"error":"invalid_client"})");
  runner_.in = "wr0ng";
  const ProgramRunner::Result result = Login();
  EXPECT_EQ(result.exit_code, kExitAuth);
  EXPECT_THAT(result.err, HasSubstr("invalid_client"));
  EXPECT_THAT(result.err + result.out, Not(HasSubstr("wr0ng")));
  EXPECT_FALSE(std::filesystem::exists(SessionPath()));
}

TEST_F(LoginCommandsTest, AnAddressWithoutATokenEndpointIsToldWithTheWayOut) {
  endpoint_.Reply(404, "not found");
  runner_.in = "s3cret";
  const ProgramRunner::Result result = Login();
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("Hint: name the credential's tenant with --subaccount"));
}

TEST_F(LoginCommandsTest, ATenantHasATokenEndpointOfItsOwnAndBecomesTheTarget) {
  endpoint_.ReplyToken("t1");
  runner_.in = "s3cret";
  EXPECT_EQ(Login({"--directory", "d1"}).exit_code, kExitOk);
  EXPECT_EQ(endpoint_.requests().at(0).line, "POST /t/d1/oauth/token HTTP/1.1");
  EXPECT_EQ(runner_.Run({"target"}).out, "The target is the directory 'd1'\n\nOK\n");
  endpoint_.ReplyToken("t2");
  EXPECT_EQ(Login({"--subaccount", "s1"}).exit_code, kExitOk);
  EXPECT_EQ(runner_.Run({"target"}).out, "The target is the directory 'd1'\n\nOK\n");
}

TEST_F(LoginCommandsTest, TheTokenUrlMayBeNamed) {
  endpoint_.ReplyToken("t1");
  runner_.in = "s3cret";
  EXPECT_EQ(Login({"--token-url", endpoint_.url() + "/x/oauth/token"}).exit_code, kExitOk);
  EXPECT_EQ(endpoint_.requests().at(0).line, "POST /x/oauth/token HTTP/1.1");
}

TEST_F(LoginCommandsTest, TheSecretMayComeFromAFile) {
  endpoint_.ReplyToken("t1");
  EXPECT_EQ(Login({"--client-secret-file", runner_.Write("secret", "s3cret\n")}).exit_code, kExitOk);
  EXPECT_EQ(endpoint_.requests().at(0).headers.at("authorization"), "Basic YzE6czNjcmV0");
  std::filesystem::permissions(runner_.folder() + "/secret", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const ProgramRunner::Result open = Login({"--client-secret-file", runner_.folder() + "/secret"});
  EXPECT_EQ(open.exit_code, kExitUsage);
  EXPECT_THAT(open.err, HasSubstr("Hint: chmod 600"));
}

TEST_F(LoginCommandsTest, OnATerminalTheSecretIsAskedForHidden) {
  endpoint_.ReplyToken("t1");
  runner_.in_is_terminal = true;
  runner_.in = "c2\n";
  runner_.hidden = "s3cret";
  const ProgramRunner::Result result = runner_.Run({"login"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.err, "Client ID: ");
  EXPECT_THAT(runner_.hidden_prompts, ElementsAre("Client secret: "));
  EXPECT_THAT(result.out, HasSubstr("Logged in as 'c2'"));
}

TEST_F(LoginCommandsTest, NoAnswerIsADecline) {
  runner_.in_is_terminal = true;
  EXPECT_EQ(runner_.Run({"login"}).exit_code, kExitCancelled);
  EXPECT_EQ(Login().exit_code, kExitCancelled);
  runner_.hidden = "";
  EXPECT_EQ(Login().exit_code, kExitCancelled);
  EXPECT_TRUE(endpoint_.requests().empty());
}

TEST_F(LoginCommandsTest, ASecretIsNoParameter) { EXPECT_EQ(Login({"--client-secret", "s3cret"}).exit_code, kExitUsage); }

TEST_F(LoginCommandsTest, EachMistakeIsAUsageErrorBeforeAnyCall) {
  runner_.in = "s3cret";
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{"--url", "http://h"},
                                                                                    {"--token-url", "http://h/t"},
                                                                                    {"--grpc-address", "h"},
                                                                                    {"--ca-certificate", "/nowhere/ca.pem"},
                                                                                    {"--subaccount"},
                                                                                    {"--subaccount", "a", "--directory", "b"},
                                                                                    {"--client-secret-file", "/nowhere/s"}}) {
    EXPECT_EQ(Login(more).exit_code, kExitUsage) << more[0];
  }
  runner_.in = "";
  EXPECT_EQ(Login().exit_code, kExitUsage);
  EXPECT_EQ(runner_.Run({"login"}).exit_code, kExitUsage);
  EXPECT_TRUE(endpoint_.requests().empty());
}

TEST_F(LoginCommandsTest, WithoutAConfigurationLoginMakesDo) {
  endpoint_.ReplyToken("t1");
  runner_.in = "s3cret";
  runner_.variables["SIGNET_CONFIG"] = runner_.folder() + "/new/signet.json";
  EXPECT_EQ(Login({"--url", endpoint_.url()}).exit_code, kExitUsage);
  EXPECT_EQ(Login({"--grpc-address", runner_.server().address()}).exit_code, kExitUsage);
  EXPECT_EQ(Login({"--url", endpoint_.url(), "--grpc-address", runner_.server().address(), "--ca-certificate",
                   runner_.folder() + "/ca.pem"})
                .exit_code,
            kExitOk);
  EXPECT_EQ(ListKeys().exit_code, kExitOk);
  EXPECT_THAT(Tokens(), ElementsAre("Bearer t1"));
}

TEST_F(LoginCommandsTest, TheTokenOfTheLoginServesUntilItEndsAndItsSuccessorIsStoredToo) {
  LogIn();
  ListKeys();
  EXPECT_EQ(endpoint_.requests().size(), 1u);
  runner_.clock.Advance(absl::Hours(1));
  endpoint_.ReplyToken("t2");
  ListKeys();
  ListKeys();
  EXPECT_THAT(Tokens(), ElementsAre("Bearer t1", "Bearer t2", "Bearer t2"));
  EXPECT_EQ(endpoint_.requests().size(), 2u);
}

TEST_F(LoginCommandsTest, ATokenThatIsRefusedIsReplaced) {
  LogIn();
  endpoint_.ReplyToken("t2");
  runner_.server().Fail("ListKeys", Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "it was revoked"));
  EXPECT_EQ(ListKeys().exit_code, kExitOk);
  EXPECT_THAT(Tokens(), ElementsAre("Bearer t1", "Bearer t2"));
}

TEST_F(LoginCommandsTest, LogoutRevokesTheTokenAndForgetsAll) {
  LogIn();
  runner_.Run({"target", "--subaccount", "dev"});
  endpoint_.Reply(200, "");
  const ProgramRunner::Result result = runner_.Run({"logout"});
  EXPECT_EQ(result.out, "Logged out\n\nOK\n");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(endpoint_.requests().back().line, "POST /oauth/revoke HTTP/1.1");
  EXPECT_THAT(endpoint_.requests().back().body, HasSubstr("token=t1"));
  EXPECT_FALSE(std::filesystem::exists(SessionPath()));
  ListKeys();
  EXPECT_THAT(Tokens(), ElementsAre(""));
}

TEST_F(LoginCommandsTest, LogoutForgetsTheSecretEvenIfTheTokenCannotBeRevoked) {
  LogIn();
  const ProgramRunner::Result result = runner_.Run({"logout"});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.err, HasSubstr("Warning: the token could not be revoked, and works until "));
  EXPECT_FALSE(std::filesystem::exists(SessionPath()));
}

TEST_F(LoginCommandsTest, LogoutCallsNobodyForATokenThatHasEndedOrNone) {
  LogIn();
  runner_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(runner_.Run({"logout"}).err, "");
  EXPECT_EQ(runner_.Run({"logout"}).out, "You were not logged in\n\nOK\n");
  EXPECT_EQ(endpoint_.requests().size(), 1u);
}

TEST_F(LoginCommandsTest, TheTargetIsMeantWhereNoneIsNamed) {
  EXPECT_EQ(runner_.Run({"target"}).out, "There is no target\n\nOK\n");
  EXPECT_EQ(runner_.Run({"target", "--subaccount", "s1"}).out, "The target is the subaccount 's1'\n\nOK\n");
  runner_.server().Reply("ListKeys", v1::ListKeysResponse());
  EXPECT_EQ(runner_.Run({"list", "security/token-key"}).exit_code, kExitOk);
  EXPECT_EQ(runner_.server().Received<v1::ListKeysRequest>("ListKeys").at(0).parent(), "tenants/s1/keyRings/access-token");
  EXPECT_EQ(runner_.Run({"target", "--subaccount", "a", "--directory", "b"}).exit_code, kExitUsage);
}

TEST_F(LoginCommandsTest, ATargetKeepsTheLogin) {
  LogIn();
  runner_.Run({"target", "--global-account", "ga"});
  ListKeys();
  EXPECT_THAT(Tokens(), ElementsAre("Bearer t1"));
}

TEST_F(LoginCommandsTest, JsonHasItsNames) {
  endpoint_.ReplyToken("t1");
  runner_.in = "s3cret";
  const auto login = nlohmann::json::parse(runner_.Run({"--format", "json", "login", "--client-id", "c1"}).out, nullptr, false);
  EXPECT_EQ(login["clientId"], "c1");
  EXPECT_EQ(login["session"], SessionPath());
  const auto target = nlohmann::json::parse(runner_.Run({"--format", "json", "target", "--directory", "d1"}).out, nullptr, false);
  EXPECT_EQ(target["scope"], "directory");
  EXPECT_EQ(target["id"], "d1");
}

}  // namespace
}  // namespace signet::cli
