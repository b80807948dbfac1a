#include "clients/cli/duration.h"

#include "gtest/gtest.h"

namespace signet::cli {
namespace {

TEST(Duration, ReadsDaysHoursMinutesAndSeconds) {
  EXPECT_EQ(ReadDuration("30d"), absl::Hours(24 * 30));
  EXPECT_EQ(ReadDuration("12h"), absl::Hours(12));
  EXPECT_EQ(ReadDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(ReadDuration("1d2h3m4s"), absl::Hours(26) + absl::Minutes(3) + absl::Seconds(4));
  EXPECT_EQ(ReadDuration("0s"), absl::ZeroDuration());
  EXPECT_EQ(ReadDuration("0"), absl::ZeroDuration());
  EXPECT_EQ(ReadDuration("90m"), absl::Minutes(90));
}

TEST(Duration, RefusesWhatIsNotOne) {
  for (const char* text : {"", "5", "00", "s", "-5s", "+5s", "5 s", "5x", "1.5h", "5ms", "1s2h", "5s5s", "5sx",
                           "99999999999999999999s", "9999999999d", "0x5s"}) {
    EXPECT_EQ(ReadDuration(text), std::nullopt) << text;
  }
}

TEST(Duration, WritesTheUnitsThatItNeeds) {
  EXPECT_EQ(WriteDuration(absl::ZeroDuration()), "0s");
  EXPECT_EQ(WriteDuration(absl::Hours(12) - absl::Minutes(1)), "11h 59m");
  EXPECT_EQ(WriteDuration(absl::Hours(24) + absl::Seconds(1.5)), "1d 1s");
}

TEST(WriteTimeUntil, RoundsToTwoUnits) {
  const std::pair<absl::Duration, const char*> kTable[] = {
      {absl::Hours(90 * 24) + absl::Minutes(29), "90d 0h"},
      {absl::Hours(24) - absl::Seconds(1), "1d 0h"},
      {absl::Hours(12) - absl::Milliseconds(20), "12h 0m"},
      {absl::Hours(12) - absl::Seconds(31), "11h 59m"},
      {absl::Hours(1) - absl::Milliseconds(1), "1h 0m"},
      {absl::Seconds(250.4), "4m 10s"},
      {absl::Seconds(60), "1m 0s"},
      {absl::Seconds(7), "7s"},
      {absl::Milliseconds(499), "now"},
      {absl::Milliseconds(-499), "now"},
      {-absl::Seconds(250), "4m 10s ago"},
  };
  for (const auto& [duration, text] : kTable) EXPECT_EQ(WriteTimeUntil(duration), text) << duration;
}

}  // namespace
}  // namespace signet::cli
