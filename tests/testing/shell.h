#ifndef SIGNET_TESTS_TESTING_SHELL_H_
#define SIGNET_TESTS_TESTING_SHELL_H_

#include <string>

namespace signet::testing {

// ShellResult is what a command came to.
struct ShellResult {
  // Minus the signal, if one killed it.
  int exit_code = 0;
  // Standard output and standard error.
  std::string out;
};

// Runs `command` with /bin/sh, for programs that others wrote. WARNING: nothing is quoted.
ShellResult RunShell(const std::string& command);

}  // namespace signet::testing

#endif  // SIGNET_TESTS_TESTING_SHELL_H_
