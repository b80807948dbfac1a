#ifndef SIGNET_SERVER_MAIN_TERMINATION_H_
#define SIGNET_SERVER_MAIN_TERMINATION_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "base/mutex.h"

namespace signet::server {

// Termination waits for SIGTERM and SIGINT on a thread of its own. The first asks for an orderly end, which must come within
// `patience`; a second one, or the end of patience (as with an HSM that hangs), ends the process at once with status 1, though
// nobody may read its log. A signal less than 300 ms after the first is part of it: timeout(1), terminals and supervisors signal
// the process and then its group.
class Termination {
 public:
  // Has SIGTERM and SIGINT wait for a Termination, and ignores SIGPIPE, in this thread and in those that it starts.
  // WARNING: call it before the first thread starts.
  static void BlockSignals();

  // `logger` is borrowed.
  Termination(absl::Duration patience, Logger& logger);
  // Leaves SIGTERM and SIGINT blocked.
  ~Termination();
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  // Returns once an orderly end has been asked for.
  void Wait();

 private:
  void Watch();
  // Ends the process with status 1, after it has logged `reason`, for which it does not wait long.
  [[noreturn]] void EndAtOnce(const char* reason);

  const absl::Duration patience_;
  Logger& logger_;
  Mutex mutex_;
  CondVar asked_changed_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_TERMINATION_H_
