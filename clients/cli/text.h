#ifndef SIGNET_CLIENTS_CLI_TEXT_H_
#define SIGNET_CLIENTS_CLI_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::cli {

// Returns `text` with each control character replaced by '?', so that what a server or a token holds cannot steer the terminal.
// Expects UTF-8; what is not stays as it is, but for control bytes.
std::string Printable(absl::string_view text);

// How many code points `text`, in UTF-8, has.
size_t Width(absl::string_view text);

// Returns `text` with blanks appended up to `width`.
std::string Padded(absl::string_view text, size_t width);

// Returns what `text` begins with: one sentence.
std::string FirstSentence(absl::string_view text);

// Breaks `text` at blanks into lines of at most `width`, each indented by `indent` blanks but for the first. Ends with a line
// break.
std::string Wrapped(absl::string_view text, size_t indent, size_t width);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_TEXT_H_
