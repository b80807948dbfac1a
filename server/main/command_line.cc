#include "server/main/command_line.h"

#include <algorithm>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/version.h"

namespace signet::server {
namespace {

constexpr char kDescription[] =
    "signetd signs tokens with keys that are never in the clear outside of an HSM.\n"
    "\n"
    "  signetd --config FILE            serves, as FILE says\n"
    "  signetd --config FILE --check    says whether FILE, and what it names, is right, and ends\n"
    "  signetd --dev --data_dir DIR     serves with a token, a store and certificates that it makes under DIR\n"
    "  signetd bootstrap --config FILE --credential_file OUT\n"
    "                                   makes the first administrator, once, while the server does not run\n"
    "\n"
    "Exit codes: 0 it ended as asked, 1 it could not start or failed, 2 wrong usage or configuration, or the token refused the\n"
    "PIN. After 2, do not restart it unchanged: each start tries the PIN once, and tokens lock after a few wrong tries.\n";

// What CLI11 fills in.
struct Flags {
  std::string config;
  bool check = false;
  bool dev = false;
  std::string data_dir;
  std::string grpc_address = "127.0.0.1:8443";
  std::string http_address = "127.0.0.1:8444";
  BootstrapCommand bootstrap;
};

// Adds the subcommand, and returns it.
CLI::App* AddBootstrap(CLI::App& app, BootstrapCommand& bootstrap) {
  CLI::App* command = app.add_subcommand(
      "bootstrap", "Makes the credential tenants/system/credentials/administrator, which may do everything, in the server's store");
  command->add_option("--config", bootstrap.config_path, "The configuration of the server, which must not run")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--credential_file", bootstrap.credential_path,
                   "Where to write it: JSON with client_id, client_secret and token_url, mode 0600; must not exist yet")
      ->type_name("FILE")
      ->required();
  command->add_flag("--replace", bootstrap.replace, "Give the administrator a new secret, and end the old ones");
  return command;
}

}  // namespace

absl::StatusOr<Command> ParseCommandLine(const std::vector<std::string>& arguments) {
  Flags flags;
  CLI::App app(kDescription, "signetd");
  app.set_version_flag("--version", absl::StrCat("signetd ", kVersion));
  CLI::Option* config = app.add_option("--config", flags.config, "The configuration, in YAML")->type_name("FILE");
  app.add_flag("--check", flags.check, "Only validate the configuration")->needs(config);
  CLI::Option* dev = app.add_flag("--dev", flags.dev, "Development mode: everything is made under --data_dir")->excludes(config);
  CLI::Option* data_dir = app.add_option("--data_dir", flags.data_dir, "The folder of --dev; made if missing")->type_name("DIR");
  data_dir->needs(dev);
  dev->needs(data_dir);
  for (auto& [name, value] : {std::pair<const char*, std::string&>{"--grpc_address", flags.grpc_address},
                              std::pair<const char*, std::string&>{"--http_address", flags.http_address}}) {
    app.add_option(name, value, "Where --dev listens, on 127.0.0.1, [::1] or localhost; port 0 picks one")
        ->needs(dev)
        ->type_name("HOST:PORT")
        ->capture_default_str();
  }

  const CLI::App* bootstrap = AddBootstrap(app, flags.bootstrap);

  // CLI11 reports by exceptions, wanted help too; they end here. It takes the arguments from the back.
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return PrintCommand{bootstrap->parsed() ? bootstrap->help() : app.help()};
  } catch (const CLI::CallForVersion& version) {
    return PrintCommand{absl::StrCat(version.what(), "\n")};
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(absl::StrCat(error.what(), "; see signetd --help"));
  }
  if (bootstrap->parsed()) {
    if (!flags.dev && flags.config.empty()) return flags.bootstrap;
    return absl::InvalidArgumentError("bootstrap takes its options after its name; see signetd --help");
  }
  if (flags.dev && flags.data_dir.empty()) return absl::InvalidArgumentError("--data_dir is empty; see signetd --help");
  if (flags.dev) return DevCommand{flags.data_dir, flags.grpc_address, flags.http_address};
  if (flags.config.empty()) return absl::InvalidArgumentError("--config FILE or --dev is needed; see signetd --help");
  if (flags.check) return CheckCommand{flags.config};
  return ServeCommand{flags.config};
}

}  // namespace signet::server
