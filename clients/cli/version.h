#ifndef SIGNET_CLIENTS_CLI_VERSION_H_
#define SIGNET_CLIENTS_CLI_VERSION_H_

#include "absl/strings/string_view.h"

namespace signet::cli {

// The version of the command line, as `--version` prints it.
inline constexpr absl::string_view kVersion = "0.1.0";

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_VERSION_H_
