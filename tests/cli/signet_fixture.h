#ifndef SIGNET_TESTS_CLI_SIGNET_FIXTURE_H_
#define SIGNET_TESTS_CLI_SIGNET_FIXTURE_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/signet_program.h"
#include "tests/e2e/dev_server.h"

namespace signet::testing {

// SignetFixture has a real server on a new folder, and `signet` with the configuration that the server wrote. Its library brings
// main, whose arguments are the paths of signetd and signet.
class SignetFixture : public ::testing::Test {
 protected:
  using Words = std::vector<std::string>;

  SignetFixture();
  void SetUp() override;

  SignetProgram::Result Signet(Words words, const std::string& input = "");
  // The same, and expects that it succeeds. Returns its standard output.
  std::string Succeed(const Words& words, const std::string& input = "");
  // The same with --format json.
  nlohmann::ordered_json Json(Words words, const std::string& input = "");

  TestFolder folder_;
  DevServer server_;
  SignetProgram program_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_CLI_SIGNET_FIXTURE_H_
