#ifndef SIGNET_CLIENTS_CLI_COMPLETION_COMMANDS_H_
#define SIGNET_CLIENTS_CLI_COMPLETION_COMMANDS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clients/cli/command.h"
#include "clients/cli/environment.h"
#include "clients/cli/values.h"

namespace signet::cli {

// The command that prints the scripts by which bash and zsh complete the command lines of `signet`.
std::vector<Command> CompletionCommands();

// The word behind which these scripts hand over a command line: `signet [OPTIONS] __complete WORD...`. It is no action: nobody is
// to type it.
inline constexpr absl::string_view kCompleteWord = "__complete";

// Writes how the last of `words` can go on, for the scripts: a line `WORD<tab>SENTENCE` for each candidate, and a line `:files`
// where names of files can stand too, `:@files` where they stand behind an @. `options` are those that stand before kCompleteWord.
//
// Where ids can stand, the server is asked for them, for two seconds at most; whatever fails, there are none.
void PrintCompletion(absl::Span<const std::string> words, const Values& options, const Grammar& grammar,
                     const Environment& environment);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_COMPLETION_COMMANDS_H_
