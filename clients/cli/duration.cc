#include "clients/cli/duration.h"

#include <cstdint>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace signet::cli {
namespace {

struct Unit {
  char letter;
  absl::Duration length;
};

// The longest first, as they are written.
const std::vector<Unit>& Units() {
  static const auto& units =
      *new std::vector<Unit>{{'d', absl::Hours(24)}, {'h', absl::Hours(1)}, {'m', absl::Minutes(1)}, {'s', absl::Seconds(1)}};
  return units;
}

}  // namespace

std::optional<absl::Duration> ReadDuration(absl::string_view text) {
  constexpr int64_t kMaxCount = 10'000'000'000;
  if (text.empty()) return std::nullopt;
  if (text == "0") return absl::ZeroDuration();
  absl::Duration sum;
  for (const Unit& unit : Units()) {
    const size_t end = text.find_first_not_of("0123456789");
    if (end == 0 || end == absl::string_view::npos || text[end] != unit.letter) continue;
    int64_t count = 0;
    if (!absl::SimpleAtoi(text.substr(0, end), &count) || count > kMaxCount) return std::nullopt;
    sum += count * unit.length;
    text.remove_prefix(end + 1);
  }
  if (!text.empty() || sum > absl::Hours(24) * 100'000) return std::nullopt;
  return sum;
}

std::string WriteDuration(absl::Duration duration) {
  std::vector<std::string> parts;
  for (const Unit& unit : Units()) {
    const int64_t count = absl::IDivDuration(duration, unit.length, &duration);
    if (count != 0) parts.push_back(absl::StrCat(count, std::string(1, unit.letter)));
  }
  return parts.empty() ? "0s" : absl::StrJoin(parts, " ");
}

std::string WriteTimeUntil(absl::Duration duration) {
  if (duration <= absl::Milliseconds(-500)) return absl::StrCat(WriteTimeUntil(-duration), " ago");
  const absl::Duration smallest = duration >= absl::Hours(24) - absl::Seconds(30)        ? absl::Hours(1)
                                  : duration >= absl::Hours(1) - absl::Milliseconds(500) ? absl::Minutes(1)
                                                                                         : absl::Seconds(1);
  duration = absl::Floor(duration + smallest / 2, smallest);
  if (duration <= absl::ZeroDuration()) return "now";
  std::vector<std::string> parts;
  for (const Unit& unit : Units()) {
    if (parts.empty() && duration < unit.length) continue;
    if (unit.length < smallest) break;
    parts.push_back(absl::StrCat(absl::IDivDuration(duration, unit.length, &duration), std::string(1, unit.letter)));
  }
  return absl::StrJoin(parts, " ");
}

}  // namespace signet::cli
