#include "server/http/http_date.h"

#include <cstdint>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace signet::http {
namespace {

TEST(HttpDate, IsTheExampleOfTheRfc) {
  EXPECT_EQ(FormatHttpDate(absl::FromUnixSeconds(784'111'777)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDate, IsRightOnEveryDay) {
  constexpr int64_t kStep = 86'400 + 3'661;
  for (int64_t second = 0; second < 4'102'444'800; second += kStep) {
    const absl::Time time = absl::FromUnixSeconds(second) + absl::Milliseconds(999);
    ASSERT_EQ(FormatHttpDate(time), absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", time, absl::UTCTimeZone()));
  }
}

}  // namespace
}  // namespace signet::http
