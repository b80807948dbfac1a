#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <cstdlib>

namespace signet::fuzz {

void Require(bool holds, absl::string_view invariant) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(invariant.size()), invariant.data());
  std::abort();
}

}  // namespace signet::fuzz
