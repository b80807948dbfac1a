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
  bool err_is_terminal;
  Random& random;
  const Clock& clock;
  // Waits so long.
  std::function<void(absl::Duration)> sleep;
  // Returns a function that waits so long, too; false, at once, if the user pressed Ctrl-C, which does not end the program while
  // that function lives. There may be one at a time.
  std::function<std::function<bool(absl::Duration)>()> interruptible_wait;
  // Shows a prompt and reads a line that is not shown; nullopt if there is none. Called only if `in` is a terminal.
  std::function<std::optional<Secret>(absl::string_view)> read_hidden = nullptr;
  // Shows a text that may be longer than the screen, in place of `out`; false if it could not be written. Called only if `out` is a
  // terminal.
  std::function<bool(const std::string&)> page = nullptr;
};

// Returns `environment` with another standard output.
inline Environment WithOut(const Environment& environment, std::ostream& out) {
  return {.variable = environment.variable,
          .in = environment.in,
          .in_is_terminal = environment.in_is_terminal,
          .out = out,
          .out_is_terminal = environment.out_is_terminal,
          .err = environment.err,
          .err_is_terminal = environment.err_is_terminal,
          .random = environment.random,
          .clock = environment.clock,
          .sleep = environment.sleep,
          .interruptible_wait = environment.interruptible_wait,
          .read_hidden = environment.read_hidden,
          .page = environment.page};
}

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ENVIRONMENT_H_
