#include "server/main/json_logger.h"

#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/ostream_sink.h"

namespace signet::server {
namespace {

class JsonLoggerTest : public testing::Test {
 protected:
  JsonLogger Make(LogLevel least) { return JsonLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(out_), least, clock_); }
  std::vector<std::string> Lines() const {
    std::istringstream in(out_.str());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  std::ostringstream out_;
  FakeClock clock_{absl::FromUnixMillis(1'700'000'000'005)};
};

TEST_F(JsonLoggerTest, WritesOneObjectALineInAFixedOrder) {
  JsonLogger logger = Make(LogLevel::kInfo);
  logger.Log(LogLevel::kWarning, "slow", {{"method", "Sign"}, {"count", int64_t{3}}, {"seconds", 0.5}});
  ASSERT_EQ(Lines().size(), 1);
  EXPECT_EQ(Lines()[0],
            R"({"time":"2023-11-14T22:13:20.005Z","level":"warning","message":"slow","method":"Sign","count":3,"seconds":0.5})");
}

TEST_F(JsonLoggerTest, WhatIsLessSevereThanAskedForIsDropped) {
  JsonLogger logger = Make(LogLevel::kWarning);
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) logger.Log(level, "m", {});
  ASSERT_EQ(Lines().size(), 2);
  EXPECT_EQ(nlohmann::json::parse(Lines()[0])["level"], "warning");
  EXPECT_EQ(nlohmann::json::parse(Lines()[1])["level"], "error");
}

TEST_F(JsonLoggerTest, WhateverAFieldHoldsTheLineStaysOneValidObject) {
  JsonLogger logger = Make(LogLevel::kInfo);
  const std::string hostile = std::string("a\"b\\c\nd\te\0f", 11) + "\x80\xff {} %s %v \u2028";
  logger.Log(LogLevel::kInfo, "quo\"te", {{"field", hostile}});
  ASSERT_EQ(Lines().size(), 1);
  const auto line = nlohmann::json::parse(Lines()[0], nullptr, false);
  ASSERT_FALSE(line.is_discarded());
  EXPECT_EQ(line["message"], "quo\"te");
  EXPECT_EQ(line["field"], std::string("a\"b\\c\nd\te\0f", 11) + "\ufffd\ufffd {} %s %v \u2028");
}

TEST_F(JsonLoggerTest, AFieldCannotReplaceTheLinesOwn) {
  JsonLogger logger = Make(LogLevel::kInfo);
  logger.Log(LogLevel::kInfo, "true", {{"message", "forged"}, {"level", "debug"}, {"time", "never"}});
  const auto line = nlohmann::json::parse(Lines()[0]);
  EXPECT_EQ(line["message"], "true");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["message_"], "forged");
}

TEST_F(JsonLoggerTest, NumbersAreThoseThatWereGiven) {
  JsonLogger logger = Make(LogLevel::kInfo);
  const std::vector<double> numbers = {0, -1.5, 3, 0.1, 1e300, 5e-324, 123456.789};
  for (const double number : numbers) logger.Log(LogLevel::kInfo, "m", {{"number", number}});
  logger.Log(LogLevel::kInfo, "m", {{"number", std::numeric_limits<double>::infinity()}, {"least", INT64_MIN}});
  ASSERT_EQ(Lines().size(), numbers.size() + 1);
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(nlohmann::json::parse(Lines()[i])["number"], numbers[i]);
  EXPECT_TRUE(nlohmann::json::parse(Lines().back())["number"].is_null());
  EXPECT_EQ(nlohmann::json::parse(Lines().back())["least"], INT64_MIN);
}

TEST_F(JsonLoggerTest, TimesAreRightWheneverTheyAre) {
  JsonLogger logger = Make(LogLevel::kInfo);
  for (const int64_t millis : {int64_t{0}, int64_t{951'782'400'999}, int64_t{4'102'444'799'001}, int64_t{1'709'251'199'050}}) {
    clock_.Advance(absl::FromUnixMillis(millis) + absl::Microseconds(999) - clock_.Now());
    logger.Log(LogLevel::kInfo, "m", {});
    EXPECT_EQ(nlohmann::json::parse(Lines().back())["time"],
              absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(millis), absl::UTCTimeZone()));
  }
}

TEST_F(JsonLoggerTest, LinesThatMayWaitComeInTheirOrder) {
  {
    JsonLogger logger = Make(LogLevel::kInfo);
    logger.LogSoon(LogLevel::kInfo, "one", {});
    logger.LogSoon(LogLevel::kDebug, "dropped", {});
    logger.Log(LogLevel::kInfo, "two", {});
    EXPECT_EQ(Lines().size(), 2);
    logger.LogSoon(LogLevel::kInfo, "three", {});
  }
  ASSERT_EQ(Lines().size(), 3);
  EXPECT_EQ(nlohmann::json::parse(Lines()[0])["message"], "one");
  EXPECT_EQ(nlohmann::json::parse(Lines()[1])["message"], "two");
  EXPECT_EQ(nlohmann::json::parse(Lines()[2])["message"], "three");
}

TEST_F(JsonLoggerTest, LinesOfSeveralThreadsDoNotMix) {
  JsonLogger logger = Make(LogLevel::kInfo);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) logger.Log(LogLevel::kInfo, "m", {{"i", int64_t{i}}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Lines().size(), 400);
  for (const std::string& line : Lines()) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

}  // namespace
}  // namespace signet::server
