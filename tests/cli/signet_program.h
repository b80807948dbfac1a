#ifndef SIGNET_TESTS_CLI_SIGNET_PROGRAM_H_
#define SIGNET_TESTS_CLI_SIGNET_PROGRAM_H_

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/dev_server.h"

namespace signet::testing {

// SignetProgram runs the binary `signet`, the command line, as a shell would: no terminal, its streams are files.
class SignetProgram {
 public:
  struct Result {
    // Minus the signal, if one killed it.
    int exit_code;
    std::string out;
    std::string err;
  };

  // `program` is the binary; `folder` is borrowed and holds its streams.
  SignetProgram(std::string program, const TestFolder& folder) : program_(std::move(program)), folder_(folder) {}

  // Runs it with `arguments`, with `input` as standard input, and `environment` beside the test's own.
  Result Run(const std::vector<std::string>& arguments, const std::string& input = "",
             const std::map<std::string, std::string>& environment = {}) const;

 private:
  const std::string program_;
  const TestFolder& folder_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_CLI_SIGNET_PROGRAM_H_
