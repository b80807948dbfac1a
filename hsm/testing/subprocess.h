#ifndef SIGNET_HSM_TESTING_SUBPROCESS_H_
#define SIGNET_HSM_TESTING_SUBPROCESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace signet::hsm {

// SubprocessResult is how a program ended.
struct SubprocessResult {
  // The exit code, or 128 and the number of the signal that ended it.
  int exit_code = 0;
  // What it wrote to standard output and standard error.
  std::string output;
};

// Runs a program to its end, with this process's environment and nothing on its standard input. `arguments` begins with the
// program, which is looked up on PATH.
//   kNotFound  it could not be started
absl::StatusOr<SubprocessResult> RunSubprocess(const std::vector<std::string>& arguments);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_SUBPROCESS_H_
