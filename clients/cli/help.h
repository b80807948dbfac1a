#ifndef SIGNET_CLIENTS_CLI_HELP_H_
#define SIGNET_CLIENTS_CLI_HELP_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/arguments.h"
#include "clients/cli/command.h"

namespace signet::cli {

// Writes the help on `topic`, at most 100 columns wide.
//   kInvalidArgument USAGE  nothing is called so; the message says what was likely meant
absl::StatusOr<std::string> RenderHelp(const HelpTopic& topic, const Grammar& grammar);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_HELP_H_
