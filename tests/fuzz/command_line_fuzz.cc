// The command line of `signet` (clients/cli/arguments.h): arguments with a NUL between them.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/utf8.h"
#include "clients/cli/arguments.h"
#include "clients/cli/grammar.h"
#include "clients/cli/help.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

void RequireRefusal(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status) && GetReason(status) == "USAGE", "a wrong command line is a usage error");
}

void TestCommand(const cli::Invocation& invocation) {
  for (const cli::Parameter& parameter : invocation.command->parameters) {
    const std::vector<std::string> values = invocation.values.All(parameter.name);
    Require(parameter.occurrence != cli::Occurrence::kRequired || !values.empty(), "a required parameter is there");
    Require(parameter.occurrence == cli::Occurrence::kRepeatable || values.size() <= 1, "a parameter stands once");
    for (const std::string& value : values) {
      const bool is_file = parameter.kind == cli::ParameterKind::kContent && absl::StartsWith(value, "@");
      Require(is_file || IsUtf8(value), "values are UTF-8");
    }
  }
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const std::vector<std::string> arguments = absl::StrSplit(input, '\0');
  const cli::Grammar& grammar = cli::SignetGrammar();
  const absl::StatusOr<cli::Options> options = cli::ParseOptions(arguments, grammar);
  if (!options.ok()) return RequireRefusal(options.status());
  const absl::StatusOr<cli::Invocation> invocation = cli::ParseInvocation(*options, grammar);
  if (!invocation.ok()) return RequireRefusal(invocation.status());
  if (invocation->command != nullptr) return TestCommand(*invocation);
  const absl::StatusOr<std::string> help = cli::RenderHelp(invocation->topic, grammar);
  if (!help.ok()) return RequireRefusal(help.status());
  Require(!help->empty(), "there is help on what there is");
}

}  // namespace signet::fuzz
