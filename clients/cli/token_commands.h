#ifndef SIGNET_CLIENTS_CLI_TOKEN_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_TOKEN_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// Returns the commands for security/token.
std::vector<Command> TokenCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_TOKEN_COMMANDS_H_
