#ifndef SIGNET_CLIENTS_CLI_WATCH_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_WATCH_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands that follow changes.
std::vector<Command> WatchCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_WATCH_COMMANDS_H_
