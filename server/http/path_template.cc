#include "server/http/path_template.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace signet::http {
namespace {

// Takes the next segment off `path`, with the slash in front of it.
absl::string_view TakeSegment(absl::string_view& path) {
  const size_t size = std::min(path.find('/', 1), path.size());
  const absl::string_view segment = path.substr(0, size);
  path.remove_prefix(size);
  return segment;
}

}  // namespace

std::optional<std::vector<absl::string_view>> MatchPath(absl::string_view path, absl::string_view path_template) {
  std::vector<absl::string_view> variables;
  while (!path.empty() && !path_template.empty()) {
    const absl::string_view expected = TakeSegment(path_template);
    const absl::string_view segment = TakeSegment(path);
    if (absl::StartsWith(expected, "/{") && segment.size() > 1) {
      variables.push_back(segment.substr(1));
    } else if (segment != expected) {
      return std::nullopt;
    }
  }
  if (!path.empty() || !path_template.empty()) return std::nullopt;
  return variables;
}

std::optional<absl::string_view> TakeTenant(absl::string_view& path) {
  if (!absl::ConsumePrefix(&path, "/t/")) return std::nullopt;
  const size_t size = std::min(path.find('/'), path.size());
  const absl::string_view tenant = path.substr(0, size);
  path.remove_prefix(size);
  return tenant;
}

}  // namespace signet::http
