#ifndef SIGNET_SERVER_MAIN_HEALTH_MONITOR_H_
#define SIGNET_SERVER_MAIN_HEALTH_MONITOR_H_

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "base/mutex.h"

namespace signet::server {

// HealthMonitor asks again and again whether things work. Each question has a thread of its own and one more thread watches them,
// so that a question that hangs is noticed: it counts as a no until it is answered.
class HealthMonitor {
 public:
  struct Options {
    // From an answer to the next question.
    absl::Duration interval = absl::Seconds(2);
    // How long a question may take.
    absl::Duration timeout = absl::Seconds(5);
  };
  struct Check {
    // For the log, such as "hsm".
    std::string name;
    // The question; may block.
    std::function<absl::Status()> ask;
    // Is told of each change; at the start a check counts as well. Called by the watching thread.
    std::function<void(bool ok)> report;
  };

  // Starts to ask. `logger` is borrowed.
  HealthMonitor(const Options& options, std::vector<Check> checks, Logger& logger);
  // As Stop.
  ~HealthMonitor();

  // Ends the threads; waits for questions that are being asked. Idempotent.
  void Stop();

 private:
  struct Subject {
    Check check;
    std::optional<std::chrono::steady_clock::time_point> asked_at;
    absl::Status answer;
    bool reported_ok = true;
  };

  void Ask(Subject& subject);
  void Watch();
  // The state of `subject` now.
  absl::Status Judge(const Subject& subject) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Until when the watching thread may sleep.
  absl::Duration TimeToNextVerdict() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Logger& logger_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Subject> subjects_;  // What changes in them is guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_HEALTH_MONITOR_H_
