#ifndef SIGNET_CLIENTS_CLI_ARGUMENTS_H_
#define SIGNET_CLIENTS_CLI_ARGUMENTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clients/cli/command.h"
#include "clients/cli/format.h"
#include "clients/cli/values.h"

namespace signet::cli {

// Options are what stands directly after the program.
struct Options {
  Values values;
  Format format = Format::kText;
  // The command line behind them.
  absl::Span<const std::string> rest;
};

// HelpTopic is what help is asked for: everything in brief if all is empty.
struct HelpTopic {
  // `help all`.
  bool everything = false;
  std::string action;
  // "security/token-key", or only its group, "security".
  std::string object;
};

// Invocation is what a command line asks for: one of the members is set.
struct Invocation {
  // Set for a request for help; then `command` is nullptr.
  HelpTopic topic;
  // Borrowed from the grammar.
  const Command* command = nullptr;
  Values values;
};

// Reads the options at the front of `args`, the command line without the program's name. Does not look further than them.
//   kInvalidArgument USAGE  an option is unknown, stands twice, or has a wrong value
absl::StatusOr<Options> ParseOptions(absl::Span<const std::string> args, const Grammar& grammar);

// Reads the command, or the request for help, behind the options. An empty one asks for help.
//   kInvalidArgument USAGE  unknown, wrong, empty or not UTF-8; the message says what was likely meant, the hint which help to ask
//   for
absl::StatusOr<Invocation> ParseInvocation(const Options& options, const Grammar& grammar);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ARGUMENTS_H_
