#ifndef SIGNET_CLIENTS_CLI_CLIENT_KEY_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_CLIENT_KEY_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands on the public keys of API credentials.
std::vector<Command> ClientKeyCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CLIENT_KEY_COMMANDS_H_
