#ifndef SIGNET_SERVER_CORE_JSON_OBJECT_H_
#define SIGNET_SERVER_CORE_JSON_OBJECT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "server/core/strict_json.h"  // kMaxJsonDepth

namespace signet::core {

// Parses text from a sender whom nobody trusts: exactly one JSON object (RFC 8259), so that no two readers can see two things in
// it. Refused are also: a member that occurs twice in one object (escapes resolved), more than kMaxJsonDepth levels, invalid UTF-8,
// a byte order mark, a NUL, and numbers that a double cannot hold, such as 1e999. Integers of 64 bits stay exact; other numbers
// become doubles. Members keep their order. Takes time and memory in proportion to the text, whose size the caller bounds.
//   kInvalidArgument  no such object; without a reason, which the caller adds, as it knows what the text is. The message never
//                     quotes the text.
absl::StatusOr<nlohmann::ordered_json> ParseJsonObject(absl::string_view text);

// Finds a member of `object`; nullptr if there is none. Borrowed from `object`.
const nlohmann::ordered_json* FindMember(const nlohmann::ordered_json& object, absl::string_view name);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JSON_OBJECT_H_
