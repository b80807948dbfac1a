// What `signet` does on a terminal: the program itself, on a pseudo-terminal.

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "clients/cli/program_runner.h"
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

// Runs the program with `args` on a terminal; types `answer` once it shows `prompt`. The exit code of a program that a signal ended
// is -1.
TerminalResult RunOnTerminal(std::vector<std::string> args, const std::string& answer, const std::string& prompt = "[no]> ") {
  args.insert(args.begin(), std::filesystem::absolute("clients/cli/signet"));
  std::vector<char*> argv;
  argv.reserve(args.size() + 1);
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    execv(argv[0], argv.data());
    _exit(127);
  }
  TerminalResult result{-1, ""};
  bool answered = false;
  char buffer[256];
  // Ends with an error when the program closes its side.
  for (ssize_t size = read(terminal, buffer, sizeof buffer); size > 0; size = read(terminal, buffer, sizeof buffer)) {
    result.screen.append(buffer, static_cast<size_t>(size));
    if (!answered && result.screen.find(prompt) != std::string::npos) {
      answered = write(terminal, answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    }
  }
  int status = 0;
  if (waitpid(child, &status, 0) == child && WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  close(terminal);
  return result;
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
