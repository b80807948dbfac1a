#ifndef SIGNET_CLIENTS_CLI_JSON_REPLY_H_
#define SIGNET_CLIENTS_CLI_JSON_REPLY_H_

#include <string>

#include "google/protobuf/message.h"
#include "nlohmann/json_fwd.hpp"

namespace signet::cli {

// Layout is how JSON is laid out.
enum class Layout { kOneLine, kManyLines };

// JsonReply is a reply as programs read it: a message of the API, or a document of the command line's own. It borrows either, and
// is made where one is passed.
class JsonReply {
 public:
  JsonReply(const google::protobuf::Message& message) : message_(&message) {}  // NOLINT: converts
  JsonReply(const nlohmann::ordered_json& document) : document_(&document) {}  // NOLINT: converts

  // Writes the JSON, without a line break at its end. That of a message is the one of proto3, with every scalar and list shown.
  std::string Render(Layout layout) const;

 private:
  const google::protobuf::Message* message_ = nullptr;
  const nlohmann::ordered_json* document_ = nullptr;
};

// Returns a message as the document that JsonReply makes of it.
nlohmann::ordered_json DocumentOf(const google::protobuf::Message& message);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_JSON_REPLY_H_
