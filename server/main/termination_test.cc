#include "server/main/termination.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "gtest/gtest.h"

namespace signet::server {
namespace {

using ::testing::ExitedWithCode;

// PlainLogger writes what the test of a process's end sees of it.
class PlainLogger final : public Logger {
 public:
  void Log(LogLevel, absl::string_view message, const std::vector<LogField>& fields) override {
    const std::string line = absl::StrCat(message, ": ", std::get<std::string>(fields.at(0).second), "\n");
    std::fputs(line.c_str(), stderr);
  }
};

// HangingLogger is one whose standard error nobody reads.
class HangingLogger final : public Logger {
 public:
  void Log(LogLevel, absl::string_view, const std::vector<LogField>&) override {
    while (true) pause();
  }
};

// Asks for an end that does not come within `patience`.
void AskInVain(absl::Duration patience, Logger& logger) {
  // A process that does not end is noticed, by SIGALRM.
  alarm(5);
  Termination::BlockSignals();
  Termination termination(patience, logger);
  kill(getpid(), SIGTERM);
  termination.Wait();
  while (true) pause();
}

class TerminationTest : public ::testing::Test {
 protected:
  TerminationTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(TerminationTest, TheEndOfPatienceEndsTheProcessAndIsLogged) {
  PlainLogger logger;
  EXPECT_EXIT(AskInVain(absl::Milliseconds(1), logger), ExitedWithCode(1), "ended at once: the orderly end took too long");
}

TEST_F(TerminationTest, ALogThatHangsDoesNotHoldUpTheEnd) {
  HangingLogger logger;
  EXPECT_EXIT(AskInVain(absl::Milliseconds(1), logger), ExitedWithCode(1), "");
}

TEST_F(TerminationTest, AnOrderlyEndLeavesTheProcessAlone) {
  const auto end_in_order = [] {
    PlainLogger logger;
    Termination::BlockSignals();
    {
      Termination termination(absl::Hours(1), logger);
      kill(getpid(), SIGTERM);
      termination.Wait();
    }
    _exit(7);
  };
  EXPECT_EXIT(end_in_order(), ExitedWithCode(7), "");
}

}  // namespace
}  // namespace signet::server
