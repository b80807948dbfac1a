// ParseJsonObject (server/core/json_object.h): claims, headers, everything that is JSON from outside.

#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "server/core/json_object.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {

void TestOneInput(absl::string_view input) {
  const absl::StatusOr<nlohmann::ordered_json> object = core::ParseJsonObject(input);
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
}

}  // namespace signet::fuzz
