#ifndef SIGNET_CLIENTS_CLI_SIGNAL_CATCH_H_
#define SIGNET_CLIENTS_CLI_SIGNAL_CATCH_H_

#include <signal.h>

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

// Waits so long; false, at once, if Ctrl-C is pressed meanwhile. It then does not end the program.
bool WaitUnlessInterrupted(absl::Duration duration);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_SIGNAL_CATCH_H_
