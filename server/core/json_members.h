#ifndef SIGNET_SERVER_CORE_JSON_MEMBERS_H_
#define SIGNET_SERVER_CORE_JSON_MEMBERS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::core {

// JsonKind is what a value is, as far as claims are told apart.
enum class JsonKind {
  kString,
  kNumber,
  // An array of strings alone, or of nothing.
  kStrings,
  kOther,
};

// MemberCheck is told the name of a member, escapes resolved, and of what kind its value is; an error ends the reading.
using MemberCheck = absl::FunctionRef<absl::Status(absl::string_view name, JsonKind kind)>;

// Appends to `to` the members of the JSON object `text`, each after a comma, in their order and without the space between them, and
// has `check` look at each. Accepts what ParseJsonObject accepts, and writes it as that would be dumped, without keeping it as a
// value in between. After an error `to` holds a part.
//   kInvalidArgument  as ParseJsonObject; without a reason
//   and what `check` returns
absl::Status AppendMembers(absl::string_view text, MemberCheck check, std::string& to);

// Appends valid UTF-8 as a JSON string.
void AppendJsonString(absl::string_view text, std::string& to);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JSON_MEMBERS_H_
