#ifndef SIGNET_TESTS_BENCH_CHILD_PROCESS_H_
#define SIGNET_TESTS_BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace signet::bench {

// ChildProcess runs a program until it dies. Its standard error goes to a file.
class ChildProcess {
 public:
  ChildProcess(const std::vector<std::string>& arguments, const std::string& error_file);
  // Sends SIGTERM and waits.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // User and system time that it has used so far, of threads that have ended, too.
  absl::Duration CpuTime() const;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_CHILD_PROCESS_H_
