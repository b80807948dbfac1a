#ifndef SIGNET_CLIENTS_CLI_PROGRAM_RUNNER_H_
#define SIGNET_CLIENTS_CLI_PROGRAM_RUNNER_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "clients/cli/failure.h"
#include "clients/cpp/scripted_server.h"

namespace signet::cli {

// ProgramRunner runs `signet` within a test, against a scripted server, in a world that the test sets up.
class ProgramRunner {
 public:
  struct Result {
    ExitCode exit_code;
    std::string out;
    std::string err;
  };

  explicit ProgramRunner(client::ScriptedServer::Transport transport = client::ScriptedServer::Transport::kUnixSocket);
  ~ProgramRunner();

  // Runs `signet` with `args`. The environment variable SIGNET_CONFIG names a configuration for the server, without a target.
  Result Run(const std::vector<std::string>& args);

  client::ScriptedServer& server() { return server_; }
  // Writes a file beside the configuration, with mode 0600, and returns its path.
  std::string Write(const std::string& name, const std::string& content);
  // Replaces the configuration by one with these members, beside those for the server.
  void Configure(const std::map<std::string, std::string>& members);
  // The folder of the configuration, signet.json.
  const std::string& folder() const { return folder_; }

  // The world: what standard input holds, whether it and standard output and error are terminals, and environment variables.
  std::string in;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::map<std::string, std::string> variables;
  // The time; it stands still but for what the program sleeps.
  FakeClock clock;
  // What is typed where it is not shown; and the prompts for that.
  std::optional<std::string> hidden;
  std::vector<std::string> hidden_prompts;
  // How long the program slept, each time. It does not take that long.
  std::vector<absl::Duration> sleeps;
  // Called before each wait that Ctrl-C can end, with how long it is; returns whether Ctrl-C is not pressed. It takes no time,
  // either.
  std::function<bool(absl::Duration)> waiting = [](absl::Duration) { return true; };
  // What was shown through a pager. It is in Result::out, too.
  std::vector<std::string> pages;

 private:
  client::ScriptedServer server_;
  SystemRandom random_;
  std::string folder_;
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PROGRAM_RUNNER_H_
