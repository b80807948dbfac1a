// What `signet` does on a terminal: the program itself, on a pseudo-terminal.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/program_runner.h"
#include "clients/cli/pseudo_terminal.h"
#include "clients/cpp/scripted_https_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

struct TerminalResult {
  int exit_code;
  std::string screen;
};

std::string ProgramPath() { return std::filesystem::absolute("clients/cli/signet"); }

// Runs the program with `args` on a terminal; types `answer` once it shows `prompt`. The exit code of a program that a signal ended
// is -1.
TerminalResult RunOnTerminal(std::vector<std::string> args, const std::string& answer, const std::string& prompt = "[no]> ",
                             const std::map<std::string, std::string>& environment = {}) {
  args.insert(args.begin(), ProgramPath());
  PseudoTerminal terminal(args, environment);
  if (!answer.empty() && terminal.Await(prompt)) terminal.Type(answer);
  const int exit_code = terminal.AwaitEnd();
  return {exit_code, terminal.screen()};
}

class TerminalTest : public testing::Test {
 protected:
  std::vector<std::string> Delete(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args = {
        "--config", runner_.folder() + "/signet.json", "delete", "security/token-key", "--key", "k1", "--subaccount", "dev"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  size_t Deletions() { return runner_.server().Received<v1::DeleteKeyRequest>("DeleteKey").size(); }

  ProgramRunner runner_;
};

TEST_F(TerminalTest, AYesDeletes) {
  v1::SigningKey key;
  key.set_kid("k1");
  runner_.server().Reply("DeleteKey", key);
  const TerminalResult result = RunOnTerminal(Delete(), "yes\n");
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.screen, HasSubstr("Do you really want to delete signing key 'k1'? [no]> "));
  EXPECT_THAT(result.screen, HasSubstr("Deleted signing key 'k1'\r\n"));
  EXPECT_THAT(result.screen, EndsWith("\r\nOK\r\n"));
  EXPECT_EQ(Deletions(), 1u);
}

TEST_F(TerminalTest, AnythingElseChangesNothing) {
  // "\x04" is Ctrl-D, the end of the input.
  for (const char* answer : {"\n", "no\n", "\x04"}) {
    const TerminalResult result = RunOnTerminal(Delete(), answer);
    EXPECT_EQ(result.exit_code, kExitCancelled) << answer;
    EXPECT_THAT(result.screen, HasSubstr("FAILED: not confirmed; nothing was changed"));
  }
  EXPECT_EQ(Deletions(), 0u);
}

TEST_F(TerminalTest, SignSaysOkBehindTheToken) {
  v1::SignTokenResponse reply;
  reply.set_token("h.p.s");
  runner_.server().Reply("SignToken", reply);
  const TerminalResult result = RunOnTerminal(
      {"--config", runner_.folder() + "/signet.json", "sign", "security/token", "--claims", "{}", "--subaccount", "dev"}, "");
  EXPECT_EQ(result.screen, "h.p.s\r\n\r\nOK\r\n");
}

TEST_F(TerminalTest, AWatchShowsAChangeAtOnceAndEndsWithCtrlC) {
  v1::WatchKeysResponse change;
  change.mutable_time()->set_seconds(1);
  change.set_action("EnableKey");
  runner_.server().Stream<v1::WatchKeysResponse>("WatchKeys", {change}, std::nullopt);
  const TerminalResult result = RunOnTerminal(
      {"--config", runner_.folder() + "/signet.json", "watch", "security/token-key", "--subaccount", "dev"}, "\x03", "EnableKey");
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_THAT(result.screen, HasSubstr("EnableKey"));
}

TEST_F(TerminalTest, TheParameterAnswersInstead) {
  runner_.server().Reply("DeleteKey", v1::SigningKey());
  const TerminalResult result = RunOnTerminal(Delete({"--confirm"}), "");
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.screen, testing::Not(HasSubstr("[no]>")));
  EXPECT_EQ(Deletions(), 1u);
}

// Terminals of tests have 24 lines.
class PagerTerminalTest : public TerminalTest {
 protected:
  // Lists so many keys, key-1 and so on.
  TerminalResult List(int count, const std::map<std::string, std::string>& environment, const std::string& answer = "",
                      const std::string& prompt = "") {
    v1::ListKeysResponse reply;
    for (int i = 1; i <= count; ++i) {
      v1::SigningKey& key = *reply.add_keys();
      key.set_kid(absl::StrCat("key-", i));
      key.set_state(v1::SigningKey::DISABLED);
    }
    runner_.server().Reply("ListKeys", reply);
    return RunOnTerminal({"--config", runner_.folder() + "/signet.json", "list", "security/token-key", "--subaccount", "dev"},
                         answer, prompt, environment);
  }
};

TEST_F(PagerTerminalTest, ALongListGoesThroughThePager) {
  const TerminalResult result = List(30, {{"PAGER", "sed 's/^/P:/'"}});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.screen, testing::StartsWith("P:Key ID "));
  EXPECT_THAT(result.screen, HasSubstr("\nP:key-30 "));
  EXPECT_THAT(result.screen, EndsWith("\r\nP:OK\r\n"));
}

TEST_F(PagerTerminalTest, AListThatFitsOnTheScreenDoesNot) {
  EXPECT_THAT(List(3, {{"PAGER", "sed 's/^/P:/'"}}).screen, testing::StartsWith("Key ID "));
}

TEST_F(PagerTerminalTest, LessIsThePagerByDefaultAndMayBeLeft) {
  const TerminalResult result = List(40, {{"TERM", "vt100"}, {"LESS", ""}}, "q", "key-20");
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.screen, testing::Not(HasSubstr("key-40")));
}

TEST_F(PagerTerminalTest, CtrlCIsThePagers) {
  const TerminalResult result =
      List(40, {{"PAGER", "trap 'echo caught; exit 0' INT; echo ready; while :; do sleep 0.1; done"}}, "\x03", "ready\r\n");
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.screen, HasSubstr("caught"));
}

TEST_F(PagerTerminalTest, WithoutAPagerThatWorksAllIsShown) {
  for (const char* pager : {"", "/nowhere/pager"}) {
    const TerminalResult result = List(30, {{"PAGER", pager}});
    EXPECT_EQ(result.exit_code, kExitOk);
    EXPECT_THAT(result.screen, HasSubstr("\nkey-30 "));
  }
}

TEST_F(TerminalTest, ARotationThatWaitsCountsDownAndCtrlCLeavesItToTheServer) {
  runner_.server().Reply("ListKeys", v1::ListKeysResponse());
  v1::RotateKeysResponse reply;
  v1::SigningKey& key = *reply.add_keys();
  key.set_name("tenants/dev/keyRings/access-token/keys/k2");
  key.set_kid("k2");
  key.mutable_activatable_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(2)));
  reply.mutable_rotation()->set_current(key.name());
  runner_.server().Reply("RotateKeys", reply);
  PseudoTerminal terminal(
      {ProgramPath(), "--config", runner_.folder() + "/signet.json", "rotate", "security/token-key", "--subaccount", "dev"});
  ASSERT_TRUE(terminal.Await("[no]> ")) << terminal.screen();
  terminal.Type("yes\n");
  ASSERT_TRUE(terminal.Await("\r\nOK\r\n")) << terminal.screen();
  // A second line of the countdown takes the place of the first.
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(terminal.Await("\r\x1b[KKey 'k2' signs in 1h 59m ")) << terminal.screen();
  terminal.Type("\x03");
  EXPECT_EQ(terminal.AwaitEnd(), kExitCancelled);
  EXPECT_THAT(terminal.screen(), HasSubstr("FAILED: no longer waiting; Signet goes on with the rotation by itself\r\n"));
  EXPECT_THAT(terminal.screen(), HasSubstr("Hint: `signet preview security/rotation`"));
}

// Whoever looks over the shoulder must not see a secret.
class LoginTerminalTest : public TerminalTest {
 protected:
  std::vector<std::string> Login() {
    runner_.Write("ca.pem", endpoint_.ca_certificate());
    return {"--config",         runner_.folder() + "/signet.json", "login", "--url", endpoint_.url(), "--client-id", "c1",
            "--ca-certificate", runner_.folder() + "/ca.pem"};
  }

  client::ScriptedHttpsServer endpoint_;
};

TEST_F(LoginTerminalTest, TheSecretIsAskedForAndNotShown) {
  endpoint_.ReplyToken("t1");
  const TerminalResult result = RunOnTerminal(Login(), "s3cret\n", "Client secret: ");
  EXPECT_EQ(result.exit_code, kExitOk) << result.screen;
  EXPECT_THAT(result.screen, testing::StartsWith("Client secret: \r\nLogged in as 'c1'\r\n"));
  EXPECT_THAT(result.screen, testing::Not(HasSubstr("s3cret")));
  EXPECT_EQ(endpoint_.requests().at(0).headers.at("authorization"), "Basic YzE6czNjcmV0");
}

TEST_F(LoginTerminalTest, NoSecretIsADecline) {
  for (const char* answer : {"\n", "\x04"}) {
    const TerminalResult result = RunOnTerminal(Login(), answer, "Client secret: ");
    EXPECT_EQ(result.exit_code, kExitCancelled) << result.screen;
  }
  EXPECT_TRUE(endpoint_.requests().empty());
}

TEST_F(LoginTerminalTest, CtrlCEndsThePromptAndTheProgram) {
  const TerminalResult result = RunOnTerminal(Login(), "s3c\x03", "Client secret: ");
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_THAT(result.screen, testing::Not(HasSubstr("s3c")));
  EXPECT_TRUE(endpoint_.requests().empty());
}

}  // namespace
}  // namespace signet::cli
