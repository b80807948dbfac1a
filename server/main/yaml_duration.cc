#include "server/main/yaml_duration.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"

namespace signet::server {
namespace {

bool IsFinite(absl::Duration duration) { return duration != absl::InfiniteDuration() && duration != -absl::InfiniteDuration(); }

}  // namespace

std::optional<absl::Duration> ParseConfigDuration(absl::string_view text) {
  absl::Duration days = absl::ZeroDuration();
  if (const size_t end = text.find('d'); end != absl::string_view::npos) {
    int32_t count = 0;
    if (!absl::SimpleAtoi(text.substr(0, end), &count) || count < 0) return std::nullopt;
    days = absl::Hours(24) * count;
    text.remove_prefix(end + 1);
    if (text.empty()) return days;
    if (text[0] == '-' || text[0] == '+') return std::nullopt;
  }
  absl::Duration rest;
  if (!absl::ParseDuration(text, &rest) || !IsFinite(rest)) return std::nullopt;
  return days + rest;
}

}  // namespace signet::server
