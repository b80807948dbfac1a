#include "clients/cli/program_runner.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "clients/cli/environment.h"
#include "clients/cli/program.h"
#include "nlohmann/json.hpp"

namespace signet::cli {

ProgramRunner::ProgramRunner(client::ScriptedServer::Transport transport) : server_(transport) {
  char folder[] = "/dev/shm/signet-test-XXXXXX";
  if (mkdtemp(folder) == nullptr) std::abort();  // no test can run without
  folder_ = folder;
  nlohmann::json configuration = {{"grpc_address", server_.address()}};
  if (!server_.ca_certificate().empty()) {
    std::ofstream(folder_ + "/ca.pem") << server_.ca_certificate();
    configuration["ca_certificate"] = "ca.pem";
  }
  std::ofstream(folder_ + "/signet.json") << configuration;
  variables["SIGNET_CONFIG"] = folder_ + "/signet.json";
}

ProgramRunner::~ProgramRunner() { std::filesystem::remove_all(folder_); }

ProgramRunner::Result ProgramRunner::Run(const std::vector<std::string>& args) {
  std::istringstream input(in);
  std::ostringstream out;
  std::ostringstream err;
  const Environment environment = {
      .variable = [this](absl::string_view name) { return variables[std::string(name)]; },
      .in = input,
      .in_is_terminal = in_is_terminal,
      .out = out,
      .out_is_terminal = out_is_terminal,
      .err = err,
      .random = random_,
      .clock = clock,
      .sleep =
          [this](absl::Duration duration) {
            sleeps.push_back(duration);
            clock.Advance(duration);
          },
  };
  const ExitCode exit_code = cli::Run(args, environment);
  return {exit_code, out.str(), err.str()};
}

}  // namespace signet::cli
