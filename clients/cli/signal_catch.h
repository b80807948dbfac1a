#ifndef SIGNET_CLIENTS_CLI_SIGNAL_CATCH_H_
#define SIGNET_CLIENTS_CLI_SIGNAL_CATCH_H_

#include <signal.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace signet::cli {

// SignalCatch keeps signals from ending the program while it lives, and remembers the last one that came. There may be one at a
// time.
class SignalCatch {
 public:
  explicit SignalCatch(const std::vector<int>& signals);
  ~SignalCatch();
  SignalCatch(const SignalCatch&) = delete;
  SignalCatch& operator=(const SignalCatch&) = delete;

  // 0 if none came.
  int caught() const;
  // Readable once one came, whichever thread it came to; -1 if there are no descriptors left.
  int descriptor() const;

 private:
  // The signals, and what was done about them before.
  std::vector<std::pair<int, struct sigaction>> before_;
};

// Returns a function that waits so long; false, at once, if Ctrl-C is or was pressed. While the function lives Ctrl-C does not end
// the program, between the waits neither. It holds the one SignalCatch that there may be.
std::function<bool(absl::Duration)> InterruptibleWait();

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SIGNAL_CATCH_H_
