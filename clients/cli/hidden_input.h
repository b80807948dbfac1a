#ifndef SIGNET_CLIENTS_CLI_HIDDEN_INPUT_H_
#define SIGNET_CLIENTS_CLI_HIDDEN_INPUT_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::cli {

// Shows `prompt` on standard error, and reads a line from the terminal that standard input is, without showing what is typed. The
// terminal is then as it was before, even if a signal ends or stops the program meanwhile. nullopt if the input ends before a line,
// or echo cannot be switched off. For one thread at a time.
std::optional<Secret> ReadHiddenLine(absl::string_view prompt);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_HIDDEN_INPUT_H_
