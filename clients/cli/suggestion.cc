#include "clients/cli/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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

// Calls `visit` with each name of each candidate, in lower case: the whole one and, if it has a group, what follows the slash.
template <typename Visit>
void ForEachName(const std::vector<std::string>& candidates, Visit visit) {
  for (const std::string& candidate : candidates) {
    const std::string name = absl::AsciiStrToLower(candidate);
    visit(candidate, name);
    if (const size_t slash = name.find('/'); slash != std::string::npos) visit(candidate, name.substr(slash + 1));
  }
}

std::string Suggest(const std::string* candidate) {
  return candidate == nullptr ? "" : absl::StrCat(": did you mean '", *candidate, "'?");
}

}  // namespace

std::string DidYouMeanToGoOn(absl::string_view word, const std::vector<std::string>& candidates) {
  // Dashes alone begin every parameter.
  if (word.find_first_not_of('-') == absl::string_view::npos) return "";
  const std::string lower = absl::AsciiStrToLower(word);
  const std::string* best = nullptr;
  size_t best_size = std::numeric_limits<size_t>::max();
  ForEachName(candidates, [&](const std::string& candidate, absl::string_view name) {
    if (!absl::StartsWith(name, lower) || name.size() >= best_size) return;
    best_size = name.size();
    best = &candidate;
  });
  return Suggest(best);
}

std::string DidYouMean(absl::string_view word, const std::vector<std::string>& candidates) {
  // Long words are pasted by mistake; comparing them would only take time.
  if (word.empty() || word.size() > 64) return "";
  if (std::string suggestion = DidYouMeanToGoOn(word, candidates); !suggestion.empty()) return suggestion;
  const std::string lower = absl::AsciiStrToLower(word);
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(word.size() / 3, 1) + 1;
  ForEachName(candidates, [&](const std::string& candidate, absl::string_view name) {
    const size_t distance = Distance(lower, name);
    if (distance >= best_distance) return;
    best_distance = distance;
    best = &candidate;
  });
  return Suggest(best);
}

}  // namespace signet::cli
