#ifndef SIGNET_CLIENTS_CLI_WRAPPING_KEY_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_WRAPPING_KEY_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands on wrapping keys.
std::vector<Command> WrappingKeyCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_WRAPPING_KEY_COMMANDS_H_
