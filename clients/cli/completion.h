#ifndef SIGNET_CLIENTS_CLI_COMPLETION_H_
#define SIGNET_CLIENTS_CLI_COMPLETION_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "clients/cli/command.h"
#include "clients/cli/values.h"

namespace signet::cli {

// Candidate is a word that may stand next, and a sentence on it, which may be empty.
struct Candidate {
  std::string word;
  std::string doc = "";
};

// Completion is what may stand at the end of a command line that is being typed.
struct Completion {
  // All begin with what was typed of the last word.
  std::vector<Candidate> candidates;
  // What else may stand there, kNothing or kFiles to kCredentials; for ids, `command` and `values` say of which tenant and ring.
  Offer offer = Offer::kNothing;
  const Command* command = nullptr;
  Values values = {};
  // What stands in the last word before the value that is offered: "--key=", or "".
  std::string lead = "";
  // What was typed of that value.
  std::string prefix = "";
};

// Says how the last of `words`, which may be empty, can go on, by the grammar that ParseInvocation reads. `words` does not hold the
// program's name. What is wrong in the others is passed over.
Completion Complete(absl::Span<const std::string> words, const Grammar& grammar);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_COMPLETION_H_
