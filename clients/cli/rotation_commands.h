#ifndef SIGNET_CLIENTS_CLI_ROTATION_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_ROTATION_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands that rotate signing keys, and show what a rotation would do.
std::vector<Command> RotationCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ROTATION_COMMANDS_H_
