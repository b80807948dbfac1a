#include "tests/cli/signet_program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace signet::testing {

SignetProgram::Result SignetProgram::Run(const std::vector<std::string>& arguments, const std::string& input,
                                         const std::map<std::string, std::string>& environment) const {
  const std::string in = folder_ / "signet.in";
  const std::string out = folder_ / "signet.out";
  const std::string err = folder_ / "signet.err";
  std::ofstream(in, std::ios::binary) << input;
  std::vector<char*> argv = {const_cast<char*>(program_.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    dup2(open(in.c_str(), O_RDONLY), STDIN_FILENO);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), ReadTextFile(out), ReadTextFile(err)};
}

}  // namespace signet::testing
