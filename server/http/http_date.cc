#include "server/http/http_date.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace signet::http {

std::string FormatHttpDate(absl::Time time) {
  // absl::Weekday counts from Monday.
  constexpr const char* kDays[] = {"Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "};
  constexpr const char* kMonths[] = {" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
                                     " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "};
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  const auto two = [](int number) { return absl::Dec(number, absl::kZeroPad2); };
  const char* const day = kDays[static_cast<int>(absl::GetWeekday(absl::CivilDay(civil)))];
  return absl::StrCat(day, two(civil.day()), kMonths[civil.month() - 1], absl::Dec(civil.year(), absl::kZeroPad4), " ",
                      two(civil.hour()), ":", two(civil.minute()), ":", two(civil.second()), " GMT");
}

}  // namespace signet::http
