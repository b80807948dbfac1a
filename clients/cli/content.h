#ifndef SIGNET_CLIENTS_CLI_CONTENT_H_
#define SIGNET_CLIENTS_CLI_CONTENT_H_

#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::cli {

// Reads a file of at most 1 MiB, more than any request may hold.
//   kInvalidArgument USAGE  it does not exist, cannot be read, or is larger; the message begins with the path
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Writes `bytes` to the file at `path`, in place of what it held.
//   kInvalidArgument USAGE  it cannot be written; the message begins with the path
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

// Returns what the value of a parameter of kind kContent stands for: "-" for what `in` yields, "@FILE" for what is in the file,
// anything else for itself.
//   kInvalidArgument USAGE  as ReadFile; or "@" stands without a path
absl::StatusOr<std::string> ReadContent(absl::string_view value, std::istream& in);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CONTENT_H_
