#include "tests/bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/testing/cpu_time.h"

namespace signet::bench {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& error_file) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // A benchmark that gives up leaves no server behind.
    const int errors = open(error_file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
}

ChildProcess::~ChildProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

absl::Duration ChildProcess::CpuTime() const { return testing::ProcessCpuTime(pid_); }

}  // namespace signet::bench
