#ifndef SIGNET_CLIENTS_CLI_KEY_RING_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_KEY_RING_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// Returns the commands for security/key-ring.
std::vector<Command> KeyRingCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_KEY_RING_COMMANDS_H_
