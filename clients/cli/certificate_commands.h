#ifndef SIGNET_CLIENTS_CLI_CERTIFICATE_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_CERTIFICATE_COMMANDS_H_

#include <vector>

#include "clients/cli/command.h"

namespace signet::cli {

// The commands on the certificates of signing keys.
std::vector<Command> CertificateCommands();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CERTIFICATE_COMMANDS_H_
