#ifndef SIGNET_TESTS_E2E_SIGNETD_PROCESS_H_
#define SIGNET_TESTS_E2E_SIGNETD_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace signet::testing {

// SignetdProcess is a signetd that a test started. It is killed with the object, if it still runs. Thread-compatible.
class SignetdProcess {
 public:
  struct Options {
    std::string program;
    std::vector<std::string> arguments;
    // Beside the test's own environment.
    std::map<std::string, std::string> environment;
    // Where its standard error goes: the end of this file.
    std::string log_path;
  };

  explicit SignetdProcess(const Options& options);
  ~SignetdProcess();
  SignetdProcess(const SignetdProcess&) = delete;
  SignetdProcess& operator=(const SignetdProcess&) = delete;

  // Waits until it has said on standard output that it is ready; false if it ended first.
  bool WaitUntilReady();

  // What it wrote to standard output until it was ready, or to its end.
  const std::string& output() const { return output_; }

  void Signal(int signal) const;

  // Waits for its end. Returns its exit code, or minus the signal that killed it.
  int Wait();

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int stdout_ = -1;
  std::string output_;
  bool ended_ = false;
  int result_ = 0;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_SIGNETD_PROCESS_H_
