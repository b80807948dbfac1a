// ParseJsonObject (server/core/json_object.h): claims, headers, everything that is JSON from outside. AppendMembers
// (json_members.h), which takes and writes the same.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/core/json_members.h"
#include "server/core/json_object.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {

void TestOneInput(absl::string_view input) {
  const absl::StatusOr<nlohmann::ordered_json> object = core::ParseJsonObject(input);
  std::string members;
  const absl::Status appended = core::AppendMembers(
      input, [](absl::string_view, core::JsonKind) { return absl::OkStatus(); }, members);
  Require(appended == object.status(), "both take the same, and refuse it for the same reason");
  if (!object.ok()) {
    Require(absl::IsInvalidArgument(object.status()), "what is no object is an invalid argument");
    return;
  }
  Require(object->is_object(), "what is parsed is an object");
  Require(nlohmann::json::accept(input.begin(), input.end()), "another parser takes it, too");
  const std::string text = object->dump();
  const absl::StatusOr<nlohmann::ordered_json> again = core::ParseJsonObject(text);
  Require(again.ok(), "what is written can be parsed");
  Require(*again == *object, "what is written is the same object");
  Require(again->dump() == text, "and is written in the same way");
  Require(absl::StrCat(object->empty() ? "," : "", members, "}").replace(0, 1, "{") == text, "by both");
}

}  // namespace signet::fuzz
