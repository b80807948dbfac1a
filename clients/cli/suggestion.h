#ifndef SIGNET_CLIENTS_CLI_SUGGESTION_H_
#define SIGNET_CLIENTS_CLI_SUGGESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::cli {

// Returns ": did you mean 'X'?" for the candidate that `word` most resembles, or "" if it resembles none. A candidate with a group,
// "security/token-key", is also known by what follows the slash.
std::string DidYouMean(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SUGGESTION_H_
