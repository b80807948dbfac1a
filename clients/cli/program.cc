#include "clients/cli/program.h"

#include <ostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/version.h"
#include "clients/cli/arguments.h"
#include "clients/cli/completion_commands.h"
#include "clients/cli/configuration.h"
#include "clients/cli/field_hint.h"
#include "clients/cli/grammar.h"
#include "clients/cli/help.h"
#include "clients/cli/session.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

// Shows what the program would work with. Without a configuration it shows where it was looked for and what is wrong, and fails.
absl::Status ShowInfo(const Options& options, const Environment& environment) {
  const std::string path = ConfigurationPath(options.values.Get("config"), environment);
  const absl::StatusOr<Configuration> configuration = LoadConfiguration(path, Needs::kServer, environment);
  nlohmann::ordered_json info = {{"version", std::string(kVersion)}, {"config", path}};
  if (configuration.ok()) {
    info["grpcAddress"] = configuration->grpc_address;
    info["httpsUrl"] = configuration->https_url;
    info["caCertificate"] = configuration->ca_certificate;
    const Target& target = configuration->target;
    info[target.scope == "global-account" ? "globalAccount" : target.scope] = target.id;
    info["clientId"] = configuration->credential ? configuration->credential->client_id : "";
    info["tokenUrl"] = configuration->credential ? configuration->credential->token_url : "";
  } else {
    info["problem"] = std::string(configuration.status().message());
  }
  if (options.format == Format::kJson) {
    environment.out << info.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
    return configuration.status();
  }
  for (const auto& [name, value] : info.items()) environment.out << name << ": " << value.get_ref<const std::string&>() << "\n";
  if (configuration.ok()) environment.out << "\nOK\n";
  return configuration.status();
}

absl::Status RunCommand(const Options& options, const Invocation& invocation, const Environment& environment) {
  const std::string path = ConfigurationPath(options.values.Get("config"), environment);
  SIGNET_ASSIGN_OR_RETURN(const Configuration configuration, LoadConfiguration(path, invocation.command->needs, environment));
  const SessionOptions session_options = {
      .format = options.format,
      .verbosity = options.values.IsTrue("verbose") ? Verbosity::kVerbose : Verbosity::kQuiet,
  };
  Session session(*invocation.command, invocation.values, configuration, session_options, environment);
  const absl::Status status = invocation.command->handler(session);
  session.KeepToken();
  return WithFieldHint(status, invocation.values);
}

absl::Status RunParsed(const Options& options, const Environment& environment) {
  if (options.values.IsTrue("version")) {
    environment.out << "signet " << kVersion << "\n";
    return absl::OkStatus();
  }
  if (options.values.IsTrue("info")) return ShowInfo(options, environment);
  if (!options.rest.empty() && options.rest[0] == kCompleteWord) {
    PrintCompletion(options.rest.subspan(1), options.values, SignetGrammar(), environment);
    return absl::OkStatus();
  }
  SIGNET_ASSIGN_OR_RETURN(const Invocation invocation, ParseInvocation(options, SignetGrammar()));
  if (invocation.command != nullptr) return RunCommand(options, invocation, environment);
  SIGNET_ASSIGN_OR_RETURN(const std::string help, RenderHelp(invocation.topic, SignetGrammar()));
  environment.out << help;
  return absl::OkStatus();
}

// Runs a command that may write more than a screen holds, and shows what it wrote page by page.
absl::Status RunPaged(const Options& options, const Environment& environment) {
  std::ostringstream text;
  const absl::Status status = RunParsed(options, WithOut(environment, text));
  const bool is_written = text.str().empty() || environment.page(text.str());
  return status.ok() && !is_written ? absl::UnknownError("standard output cannot be written") : status;
}

// Whether somebody reads what can be long: lists, and help.
bool IsPaged(const Options& options, const Environment& environment) {
  if (!environment.out_is_terminal || options.format == Format::kJson) return false;
  if (options.values.IsTrue("version") || options.values.IsTrue("info")) return false;
  const std::string action = options.rest.empty() ? "help" : options.rest[0];
  return action == "list" || action == "help" || options.values.IsTrue("help") || options.rest.back() == "--help";
}

}  // namespace

ExitCode Run(const std::vector<std::string>& args, const Environment& environment) {
  const absl::StatusOr<Options> options = ParseOptions(args, SignetGrammar());
  absl::Status status = !options.ok()                    ? options.status()
                        : IsPaged(*options, environment) ? RunPaged(*options, environment)
                                                         : RunParsed(*options, environment);
  environment.out.flush();
  // A full disk would otherwise lose a token that the caller believes to have.
  if (status.ok() && !environment.out) status = absl::UnknownError("standard output cannot be written");
  if (!status.ok()) environment.err << DescribeFailure(status, options.ok() ? options->format : Format::kText);
  environment.err.flush();
  return ExitCodeOf(status);
}

}  // namespace signet::cli
