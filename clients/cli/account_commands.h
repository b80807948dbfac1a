#ifndef SIGNET_CLIENTS_CLI_ACCOUNT_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_ACCOUNT_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// Returns the commands for accounts/global-account, accounts/directory and accounts/subaccount.
std::vector<Command> AccountCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ACCOUNT_COMMANDS_H_
