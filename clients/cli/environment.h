#ifndef SIGNET_CLIENTS_CLI_ENVIRONMENT_H_
#define SIGNET_CLIENTS_CLI_ENVIRONMENT_H_

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

namespace signet::cli {

// Environment is the world around the program. What it refers to must outlive it.
struct Environment {
  // Returns the value of an environment variable, "" if it is not set.
  std::function<std::string(absl::string_view)> variable;
  std::istream& in;
  // Whether somebody can answer questions on `in`.
  bool in_is_terminal;
  std::ostream& out;
  // Whether somebody reads `out`, rather than a program or a file.
  bool out_is_terminal;
  std::ostream& err;
  Random& random;
  const Clock& clock;
  // Waits so long.
  std::function<void(absl::Duration)> sleep;
  // Shows a prompt and reads a line that is not shown; nullopt if there is none. Called only if `in` is a terminal.
  std::function<std::optional<Secret>(absl::string_view)> read_hidden = nullptr;
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ENVIRONMENT_H_
