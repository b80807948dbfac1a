#include "tests/testing/shell.h"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

namespace signet::testing {

ShellResult RunShell(const std::string& command) {
  FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) std::abort();
  ShellResult result;
  for (int c = 0; (c = fgetc(pipe)) != EOF;) result.out += static_cast<char>(c);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return result;
}

}  // namespace signet::testing
