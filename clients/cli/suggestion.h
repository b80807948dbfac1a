#ifndef SIGNET_CLIENTS_CLI_SUGGESTION_H_
#define SIGNET_CLIENTS_CLI_SUGGESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::cli {

// Returns ": did you mean 'X'?" for the shortest candidate that begins with `word`, or "" if none does.
std::string DidYouMeanToGoOn(absl::string_view word, const std::vector<std::string>& candidates);

// As DidYouMeanToGoOn; or, if no candidate begins with `word`, returns ": did you mean 'X'?" for the candidate that `word` most
// resembles, or "" if it resembles none. For both, a candidate with a group, "security/token-key", is also known by what follows
// the slash.
std::string DidYouMean(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SUGGESTION_H_
