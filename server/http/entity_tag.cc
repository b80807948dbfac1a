#include "server/http/entity_tag.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace signet::http {

bool IfNoneMatchLists(absl::string_view field_value, absl::string_view etag) {
  absl::string_view rest = absl::StripAsciiWhitespace(field_value);
  if (rest == "*") return true;
  absl::ConsumePrefix(&etag, "W/");
  while (!rest.empty()) {
    absl::ConsumePrefix(&rest, "W/");
    if (rest.empty() || rest.front() != '"') return false;
    // A tag may hold commas, so the list cannot be split at them.
    const size_t end = rest.find('"', 1);
    if (end == absl::string_view::npos) return false;
    if (rest.substr(0, end + 1) == etag) return true;
    rest.remove_prefix(end + 1);
    // Between tags stand a comma and white space; empty elements are to be ignored (RFC 9110 section 5.6.1.2).
    while (!rest.empty() && (rest.front() == ',' || absl::ascii_isspace(rest.front()))) rest.remove_prefix(1);
  }
  return false;
}

}  // namespace signet::http
