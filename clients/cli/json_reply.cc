#include "clients/cli/json_reply.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace signet::cli {

std::string JsonReply::Render(Layout layout) const {
  if (document_ != nullptr) {
    return document_->dump(layout == Layout::kManyLines ? 2 : -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = layout == Layout::kManyLines;
  // A script that iterates over a list finds an empty one, instead of none.
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for google.protobuf.Any, which no reply holds.
  if (!google::protobuf::util::MessageToJsonString(*message_, &json, options).ok()) std::abort();
  // Protobuf ends most messages with a line break, but not an empty one.
  absl::StripTrailingAsciiWhitespace(&json);
  return json;
}

nlohmann::ordered_json DocumentOf(const google::protobuf::Message& message) {
  return nlohmann::ordered_json::parse(JsonReply(message).Render(Layout::kOneLine), nullptr, /*allow_exceptions=*/false);
}

}  // namespace signet::cli
