#ifndef SIGNET_CLIENTS_CLI_GRAMMAR_H_
#define SIGNET_CLIENTS_CLI_GRAMMAR_H_

#include "clients/cli/command.h"

namespace signet::cli {

// Returns all that `signet` understands. A new command is a row in one of the *_commands.cc; a new action or object is one here,
// too.
const Grammar& SignetGrammar();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_GRAMMAR_H_
