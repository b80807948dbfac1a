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
  Configure({});
  variables["SIGNET_CONFIG"] = folder_ + "/signet.json";
}

ProgramRunner::~ProgramRunner() { std::filesystem::remove_all(folder_); }

std::string ProgramRunner::Write(const std::string& name, const std::string& content) {
  std::string path = folder_ + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

void ProgramRunner::Configure(const std::map<std::string, std::string>& members) {
  nlohmann::json configuration = {{"grpc_address", server_.address()}};
  if (!server_.ca_certificate().empty()) {
    Write("ca.pem", server_.ca_certificate());
    configuration["ca_certificate"] = "ca.pem";
  }
  for (const auto& [name, value] : members) configuration[name] = value;
  Write("signet.json", configuration.dump());
}

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
      .err_is_terminal = err_is_terminal,
      .random = random_,
      .clock = clock,
      .sleep =
          [this](absl::Duration duration) {
            sleeps.push_back(duration);
            clock.Advance(duration);
          },
      .interruptible_wait =
          [this] {
            return [this](absl::Duration duration) {
              if (!waiting(duration)) return false;
              clock.Advance(duration);
              return true;
            };
          },
      .read_hidden = [this](absl::string_view prompt) -> std::optional<Secret> {
        hidden_prompts.emplace_back(prompt);
        return hidden ? std::optional<Secret>(*hidden) : std::nullopt;
      },
      .page =
          [&](const std::string& text) {
            pages.push_back(text);
            out << text;
            return true;
          },
  };
  const ExitCode exit_code = cli::Run(args, environment);
  return {exit_code, out.str(), err.str()};
}

}  // namespace signet::cli
