// Completion in the real shells: bash and zsh, on a pseudo-terminal.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "clients/cli/program_runner.h"
#include "clients/cli/pseudo_terminal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;

constexpr char kTab[] = "\t";
// Ctrl-U: what was typed is forgotten.
constexpr char kKill[] = "\x15";

// CompletionTerminalTest has a shell that has sourced the script, and a server that it can ask.
class CompletionTerminalTest : public testing::TestWithParam<std::string> {
 protected:
  CompletionTerminalTest() {
    // The program is found on the path, as it is by those who use it.
    const std::string folder = std::filesystem::absolute("clients/cli");
    environment_ = {{"PATH", folder + ":" + std::getenv("PATH")},
                    {"SIGNET_CONFIG", runner_.folder() + "/signet.json"},
                    {"SIGNET_SUBACCOUNT", "dev"},
                    {"HOME", runner_.folder()},
                    {"TERM", "dumb"},
                    {"PS1", "READY> "}};
    if (GetParam() == "zsh") {
      shell_.emplace(std::vector<std::string>{"zsh", "-f", "-i"}, environment_);
      shell_->Type("unsetopt zle_bracketed_paste prompt_sp; autoload -Uz compinit; compinit -u -D\n");
    } else {
      shell_.emplace(std::vector<std::string>{"bash", "--norc", "--noprofile", "-i"}, environment_);
      shell_->Type("bind 'set enable-bracketed-paste off'\n");
    }
    shell_->Type("source <(signet completion " + GetParam() + "); echo sourced:$?\n");
    EXPECT_TRUE(shell_->Await("sourced:0")) << shell_->screen();
  }

  // Expects that `typed` and a tab make the shell show `completed`, all of it or what is added.
  void ExpectCompletion(const std::string& typed, const std::string& completed) {
    shell_->Type(kKill + typed);
    ASSERT_TRUE(shell_->Await(typed)) << shell_->screen();
    shell_->Type(kTab);
    EXPECT_TRUE(shell_->Await(completed)) << typed << ": " << shell_->screen();
  }

  ProgramRunner runner_;
  std::map<std::string, std::string> environment_;
  std::optional<PseudoTerminal> shell_;
};

INSTANTIATE_TEST_SUITE_P(Shells, CompletionTerminalTest, testing::Values("bash", "zsh"),
                         [](const auto& info) { return info.param; });

TEST_P(CompletionTerminalTest, CompletesActionsObjectsParametersAndValues) {
  ExpectCompletion("signet rot", "ate ");
  ExpectCompletion("signet --format js", "on ");
  ExpectCompletion("signet rotate security/tok", "en-key ");
  ExpectCompletion("signet rotate security/token-key --pur", "ge ");
  ExpectCompletion("signet create security/key-ring --preset SAP_B", "TP ");
  ExpectCompletion("signet create security/key-ring --preset=SAP_B", "TP");
  ExpectCompletion("signet create security/api-credential --scopes manage:t", "enants");
  ExpectCompletion("signet help prev", "iew ");
}

TEST_P(CompletionTerminalTest, ShowsWhatThereIsWhereThereIsAChoice) {
  shell_->Type(std::string(kKill) + "signet rotate security/" + kTab + kTab);
  EXPECT_TRUE(shell_->Await("api-credential")) << shell_->screen();
  EXPECT_TRUE(shell_->Await("token-key")) << shell_->screen();
}

TEST_P(CompletionTerminalTest, CompletesIdsThatTheServerKnows) {
  v1::ListKeysResponse reply;
  reply.add_keys()->set_kid("default-jwt-key-491aae9c42");
  runner_.server().Reply("ListKeys", reply);
  ExpectCompletion("signet delete security/token-key --key def", "ault-jwt-key-491aae9c42");
  EXPECT_EQ(runner_.server().Received<v1::ListKeysRequest>("ListKeys").at(0).parent(), "tenants/dev/keyRings/access-token");
}

TEST_P(CompletionTerminalTest, CompletesNamesOfFiles) {
  runner_.Write("claims.json", "{}");
  ExpectCompletion("signet sign security/token --claims @" + runner_.folder() + "/cla", "ims.json");
  ExpectCompletion("signet --config " + runner_.folder() + "/sig", "net.json");
}

TEST_P(CompletionTerminalTest, AServerThatIsNotThereCostsNothingButTheIds) {
  runner_.Configure({{"grpc_address", "unix:/nowhere/signet.sock"}});
  shell_->Type(std::string(kKill) + "signet delete security/token-key --key def" + kTab + kKill + "echo al''ive\n");
  EXPECT_TRUE(shell_->Await("alive")) << shell_->screen();
}

}  // namespace
}  // namespace signet::cli
