#include "server/core/call_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace signet::core {

std::string ChooseCallId(absl::string_view sent, Random& random) {
  const bool printable = std::all_of(sent.begin(), sent.end(), [](unsigned char c) { return absl::ascii_isprint(c); });
  return !sent.empty() && sent.size() <= kMaxCallIdSize && printable ? std::string(sent) : NewUuid(random);
}

}  // namespace signet::core
