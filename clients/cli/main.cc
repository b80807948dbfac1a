// signet, the command line.

#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/random.h"
#include "clients/cli/hidden_input.h"
#include "clients/cli/pager.h"
#include "clients/cli/program.h"
#include "clients/cli/signal_catch.h"

int main(int argc, char** argv) {
  // gRPC tells of connections that fail on standard error, beside the error that the user gets anyway.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  signet::SystemRandom random;
  const signet::SystemClock clock;
  const signet::cli::Environment environment = {
      .variable =
          [](absl::string_view name) {
            const char* value = getenv(std::string(name).c_str());
            return std::string(value == nullptr ? "" : value);
          },
      .in = std::cin,
      .in_is_terminal = isatty(STDIN_FILENO) == 1,
      .out = std::cout,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err = std::cerr,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .random = random,
      .clock = clock,
      .sleep = absl::SleepFor,
      .interruptible_wait = signet::cli::InterruptibleWait,
      .read_hidden = signet::cli::ReadHiddenLine,
      .page = signet::cli::Page,
  };
  return signet::cli::Run(std::vector<std::string>(argv + 1, argv + argc), environment);
}
