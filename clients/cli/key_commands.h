#ifndef SIGNET_CLIENTS_CLI_KEY_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_KEY_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// Returns the commands for security/token-key.
std::vector<Command> KeyCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_KEY_COMMANDS_H_
