#ifndef SIGNET_CLIENTS_CLI_PSEUDO_TERMINAL_H_
#define SIGNET_CLIENTS_CLI_PSEUDO_TERMINAL_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::cli {

// PseudoTerminal runs a program on a pseudo-terminal of 24 lines and 100 columns, and types what a person would type. For tests.
class PseudoTerminal {
 public:
  // Starts `words`, with `environment` beside the test's own. The first word is a path, or found as execvp does.
  explicit PseudoTerminal(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {});
  // Kills what still runs.
  ~PseudoTerminal();
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  void Type(absl::string_view text);
  // Reads until `text` is on the screen behind what was awaited before. False if the program closes the terminal, or a minute
  // passes, before it is.
  bool Await(absl::string_view text);
  // Reads until the program has ended, and returns its exit code; -1 if a signal ended it, or it does not end within a minute.
  int AwaitEnd();
  // All that was written, control characters and what was typed included.
  const std::string& screen() const { return screen_; }

 private:
  // Reads what is there, waiting for it. False at the end, or after a minute.
  bool Read();

  int terminal_ = -1;
  pid_t child_ = -1;
  std::string screen_;
  size_t awaited_ = 0;
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PSEUDO_TERMINAL_H_
