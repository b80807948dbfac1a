#ifndef SIGNET_CLIENTS_CLI_SETTINGS_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_SETTINGS_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands of security/settings, by which SAP's command line switches automatic rotation on and off.
std::vector<Command> SettingsCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SETTINGS_COMMANDS_H_
