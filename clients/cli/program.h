#ifndef SIGNET_CLIENTS_CLI_PROGRAM_H_
#define SIGNET_CLIENTS_CLI_PROGRAM_H_

#include <string>
#include <vector>

#include "clients/cli/environment.h"
#include "clients/cli/failure.h"

namespace signet::cli {

// Runs the command line `args`, which does not hold the program's name: replies go to `environment.out`, errors and warnings to
// `environment.err`. Calls the server at most as often as the command needs; nothing is repeated, but a watch that
// broke off is resumed.
ExitCode Run(const std::vector<std::string>& args, const Environment& environment);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PROGRAM_H_
