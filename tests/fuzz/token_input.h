#ifndef SIGNET_TESTS_FUZZ_TOKEN_INPUT_H_
#define SIGNET_TESTS_FUZZ_TOKEN_INPUT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::fuzz {

// What stands for what is made anew by each process: pairs as absl::StrReplaceAll takes them.
using Replacements = std::vector<std::pair<std::string, std::string>>;

// Names the parts of a compact JWS "%FIRST", "%FIRST+1" and "%FIRST+2": as they are in `encoded`, decoded in `decoded`.
void NameParts(absl::string_view token, int first, Replacements& encoded, Replacements& decoded);

// Makes a token of an input. One that begins with '{' is a token decoded, a line for each part: what it names is inserted decoded,
// and each line is encoded. Any other is a token in compact serialisation.
std::string MakeToken(absl::string_view input, const Replacements& encoded, const Replacements& decoded);

}  // namespace signet::fuzz

#endif  // SIGNET_TESTS_FUZZ_TOKEN_INPUT_H_
