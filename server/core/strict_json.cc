#include "server/core/strict_json.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace signet::core {

bool StrictJsonReader::parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) {
  return Refuse(absl::StrCat("it is not valid JSON at byte ", position));
}

bool StrictJsonReader::Refuse(std::string failure) {
  failure_ = std::move(failure);
  return false;
}

bool StrictJsonReader::EnterScalar() { return depth_ > 0 || Refuse("it is not an object"); }

bool StrictJsonReader::EnterObject() {
  if (depth_ >= kMaxJsonDepth) return Refuse(absl::StrCat("it is nested deeper than ", kMaxJsonDepth, " levels"));
  ++depth_;
  return true;
}

bool StrictJsonReader::EnterArray() { return depth_ > 0 ? EnterObject() : Refuse("it is not an object"); }

absl::Status ReadStrictly(absl::string_view text, StrictJsonReader& reader) {
  // The parser would skip the mark, and take a NUL for the end and ignore what follows.
  if (absl::StartsWith(text, "\xef\xbb\xbf")) return absl::InvalidArgumentError("it begins with a byte order mark");
  if (absl::StrContains(text, '\0')) return absl::InvalidArgumentError("it holds a NUL byte");
  if (nlohmann::ordered_json::sax_parse(text.begin(), text.end(), &reader)) return absl::OkStatus();
  return absl::InvalidArgumentError(reader.failure());
}

}  // namespace signet::core
