#include "clients/cli/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace signet::cli {
namespace {

// The number of characters to insert, delete or replace to get from one to the other (Levenshtein).
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string DidYouMean(absl::string_view word, const std::vector<std::string>& candidates) {
  // Long words are pasted by mistake; comparing them would only take time.
  if (word.empty() || word.size() > 64) return "";
  const std::string lower = absl::AsciiStrToLower(word);
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    const std::string name = absl::AsciiStrToLower(candidate);
    size_t distance = Distance(lower, name);
    if (const size_t slash = name.find('/'); slash != std::string::npos) {
      distance = std::min(distance, Distance(lower, name.substr(slash + 1)));
    }
    if (distance < best_distance) {
      best_distance = distance;
      best = &candidate;
    }
  }
  return best == nullptr ? "" : absl::StrCat(": did you mean '", *best, "'?");
}

}  // namespace signet::cli
