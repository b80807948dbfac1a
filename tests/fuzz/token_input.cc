#include "tests/fuzz/token_input.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/base64url.h"

namespace signet::fuzz {

void NameParts(absl::string_view token, int first, Replacements& encoded, Replacements& decoded) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string name = absl::StrCat("%", static_cast<size_t>(first) + i);
    encoded.emplace_back(name, parts[i]);
    decoded.emplace_back(name, Base64UrlDecode(parts[i]).value_or(""));
  }
}

std::string MakeToken(absl::string_view input, const Replacements& encoded, const Replacements& decoded) {
  if (!absl::StartsWith(input, "{")) return absl::StrReplaceAll(input, encoded);
  return absl::StrJoin(absl::StrSplit(input, '\n'), ".", [&](std::string* out, absl::string_view part) {
    absl::StrAppend(out, Base64UrlEncode(absl::StrReplaceAll(part, decoded)));
  });
}

}  // namespace signet::fuzz
