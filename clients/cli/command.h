#ifndef SIGNET_CLIENTS_CLI_COMMAND_H_
#define SIGNET_CLIENTS_CLI_COMMAND_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::cli {

class Session;

// ParameterKind says which values a parameter takes.
enum class ParameterKind {
  // Exactly one: `--id ID`, `--id=ID`.
  kValue,
  // One or none: `--subaccount`, `--subaccount ID`.
  kOptionalValue,
  // `true` or `false`; none means true.
  kBool,
  // As kBool, or `default`.
  kBoolOrDefault,
  // As kValue; `@FILE` stands for what is in the file, `-` for what comes from standard input.
  kContent,
};

// Occurrence says how often a parameter may, or must, stand.
enum class Occurrence { kOptional, kRequired, kRepeatable };

// Offer says what a shell can complete a value with, beside `choices`.
enum class Offer {
  kNothing,
  // Names of files; those of kContent behind an @.
  kFiles,
  kContent,
  // Ids that the server knows; those of keys in the ring of --ring.
  kTenants,
  kKeyRings,
  kKeys,
  kCredentials,
};

// Parameter is one `--name` of a command, or one option of the program.
struct Parameter {
  // Without the dashes.
  std::string name;
  ParameterKind kind = ParameterKind::kValue;
  // What help calls the value: "ID".
  std::string value = "";
  // One or more sentences for help.
  std::string doc = "";
  Occurrence occurrence = Occurrence::kOptional;
  // The value may stand without the name. At most one parameter of a command is so.
  bool positional = false;
  // The value may be empty. For any other, that is a mistake: a variable of a shell that is not set.
  bool may_be_empty = false;
  // For completion: the values that there are, if they are few, and what else is one. One whose `value` ends with ",..." is a list.
  std::vector<std::string> choices = {};
  Offer offer = Offer::kNothing;
};

// Needs is what a command cannot work without.
enum class Needs { kServer, kNothing };

// Command is what can be done to an object: one row of the grammar. Parsing, help and usage errors all come from it.
struct Command {
  std::string action;
  // "security/token-key"; empty for one that stands alone, such as `login`.
  std::string object;
  // One or more sentences for help; the first is its title.
  std::string doc;
  std::vector<Parameter> parameters;
  // Does it. Errors are UsageError, Declined, or those of the server.
  absl::Status (*handler)(Session& session);
  // Lines that help sets below the parameters, as they are; may be empty.
  std::string notes = "";
  Needs needs = Needs::kServer;

  // "list security/token-key", or "login".
  std::string Name() const { return object.empty() ? action : action + " " + object; }
};

// Topic is an action or an object, with one sentence for help.
struct Topic {
  std::string name;
  std::string doc;
  // Lines that help on it sets below its commands, as they are; may be empty.
  std::string notes = "";
};

// Grammar is all that `signet` understands.
struct Grammar {
  std::vector<Parameter> options;
  std::vector<Topic> actions;
  std::vector<Topic> objects;
  std::vector<Command> commands;

  // Returns nullptr if there is no such command.
  const Command* Find(absl::string_view action, absl::string_view object) const {
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& command) { return command.action == action && command.object == object; });
    return found == commands.end() ? nullptr : &*found;
  }
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_COMMAND_H_
