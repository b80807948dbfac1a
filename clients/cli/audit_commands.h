#ifndef SIGNET_CLIENTS_CLI_AUDIT_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_AUDIT_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands on the audit trail.
std::vector<Command> AuditCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_AUDIT_COMMANDS_H_
