#ifndef SIGNET_CLIENTS_CLI_CREDENTIAL_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_CREDENTIAL_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands on API credentials, and on their secrets.
std::vector<Command> CredentialCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CREDENTIAL_COMMANDS_H_
