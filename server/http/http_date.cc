#include "server/http/http_date.h"

#include <cstring>

#include "absl/time/civil_time.h"
#include "base/digits.h"

namespace signet::http {

std::string FormatHttpDate(absl::Time time) {
  // absl::Weekday counts from Monday.
  constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  std::string text = "Day, 00 Mon 0000 00:00:00 GMT";
  char* const out = text.data();
  memcpy(out, kDays[static_cast<int>(absl::GetWeekday(absl::CivilDay(civil)))], 3);
  PutDigits(civil.day(), 2, out + 5);
  memcpy(out + 8, kMonths[civil.month() - 1], 3);
  PutDigits(static_cast<int>(civil.year()), 4, out + 12);
  PutDigits(civil.hour(), 2, out + 17);
  PutDigits(civil.minute(), 2, out + 20);
  PutDigits(civil.second(), 2, out + 23);
  return text;
}

}  // namespace signet::http
