#ifndef SIGNET_SERVER_MAIN_COMMAND_LINE_H_
#define SIGNET_SERVER_MAIN_COMMAND_LINE_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace signet::server {

// What a command line of signetd asks for.
//
// Serve with a configuration.
struct ServeCommand {
  std::string config_path;
};
// Validate a configuration.
struct CheckCommand {
  std::string config_path;
};
// Serve with a token, a store and certificates of its own making.
struct DevCommand {
  std::string data_dir;
  std::string grpc_address;
  std::string http_address;
};
// Make the first administrator's credential in the store of a configuration, and write it to a file.
struct BootstrapCommand {
  std::string config_path;
  std::string credential_path;
  // A new one in the place of one that was made before.
  bool replace = false;
};
// Print `text`: help or version.
struct PrintCommand {
  std::string text;
};
using Command = std::variant<ServeCommand, CheckCommand, DevCommand, BootstrapCommand, PrintCommand>;

// Parses the arguments, without the program's name.
//   kInvalidArgument  a usage error; the message says which, and how to get help
absl::StatusOr<Command> ParseCommandLine(const std::vector<std::string>& arguments);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_COMMAND_LINE_H_
