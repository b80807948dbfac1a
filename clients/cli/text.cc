#include "clients/cli/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::cli {

std::string Printable(absl::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are 0xC2 0x80 to 0xC2 0x9F; terminals take them for escape sequences too.
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) {
      result += '?';
      if (c1) ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

size_t Width(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Padded(absl::string_view text, size_t width) {
  const size_t length = Width(text);
  return absl::StrCat(text, std::string(width > length ? width - length : 0, ' '));
}

std::string FirstSentence(absl::string_view text) {
  const size_t end = text.find(". ");
  return std::string(end == absl::string_view::npos ? text : text.substr(0, end + 1));
}

std::string Wrapped(absl::string_view text, size_t indent, size_t width) {
  std::string result;
  size_t column = indent;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const bool first = column == indent;
    if (!first && column + 1 + Width(word) > width) {
      absl::StrAppend(&result, "\n", std::string(indent, ' '));
      column = indent;
    } else if (!first) {
      result += ' ';
      ++column;
    }
    absl::StrAppend(&result, word);
    column += Width(word);
  }
  return result + "\n";
}

}  // namespace signet::cli
