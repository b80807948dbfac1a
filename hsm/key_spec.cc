#include "hsm/key_spec.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::hsm {

absl::Status CheckKeyId(absl::string_view id) {
  if (id.size() == kKeyIdSize) return absl::OkStatus();
  return InvalidField("id", absl::StrCat("the id of a key has ", kKeyIdSize, " bytes, not ", id.size()));
}

absl::Status CheckKeySpec(const KeySpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(spec.id));
  const bool printable = std::all_of(spec.label.begin(), spec.label.end(), [](unsigned char c) { return absl::ascii_isprint(c); });
  if (spec.label.empty() || !printable) return InvalidField("label", "the label of a key is printable ASCII");
  return absl::OkStatus();
}

}  // namespace signet::hsm
