#ifndef SIGNET_CLIENTS_CLI_LOGIN_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_LOGIN_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands that say who calls, and what is meant: login, logout, target.
std::vector<Command> LoginCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_LOGIN_COMMANDS_H_
