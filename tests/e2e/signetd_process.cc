#include "tests/e2e/signetd_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace signet::testing {

SignetdProcess::SignetdProcess(const Options& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  std::vector<char*> arguments = {const_cast<char*>(options.program.c_str())};
  for (const std::string& argument : options.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.emplace_back(name).append("=").append(value);
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  // Between fork and exec only calls that are safe in a process with threads.
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log < 0 || dup2(ends[1], STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) _exit(126);
    execve(options.program.c_str(), arguments.data(), environment.data());
    _exit(127);
  }
  close(ends[1]);
  stdout_ = ends[0];
}

SignetdProcess::~SignetdProcess() {
  if (!ended_) {
    Signal(SIGKILL);
    Wait();
  }
  close(stdout_);
}

bool SignetdProcess::WaitUntilReady() {
  std::array<char, 512> buffer;
  while (output_.find("HTTPS") == std::string::npos) {
    const ssize_t count = read(stdout_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    output_.append(buffer.data(), static_cast<size_t>(count));
  }
  return true;
}

void SignetdProcess::Signal(int signal) const { kill(pid_, signal); }

int SignetdProcess::Wait() {
  if (ended_) return result_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
  result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  std::array<char, 512> buffer;
  for (ssize_t count = 0; (count = read(stdout_, buffer.data(), buffer.size())) > 0;) {
    output_.append(buffer.data(), static_cast<size_t>(count));
  }
  return result_;
}

}  // namespace signet::testing
