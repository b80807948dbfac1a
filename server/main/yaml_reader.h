#ifndef SIGNET_SERVER_MAIN_YAML_READER_H_
#define SIGNET_SERVER_MAIN_YAML_READER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace signet::server {

// FieldProblem is one thing that is wrong with a text, or with the message that it was read into.
struct FieldProblem {
  // From 1.
  int line = 1;
  // The path, such as "grpc.addresses[1]"; empty if it is about the whole text.
  std::string field;
  // What is wrong and what would be right.
  std::string message;
  friend bool operator==(const FieldProblem&, const FieldProblem&) = default;
};

// YamlReading is what ReadYaml learned beside the values.
struct YamlReading {
  // The line of each field that the text sets, by its path.
  std::map<std::string, int> lines;
  // Empty if all went well.
  std::vector<FieldProblem> problems;
};

// Reads a YAML document into `message` by reflection, and goes on after a problem, so that all are found at once.
//
// Fields have their names in proto (snake_case), messages are maps, repeated fields lists, enums the names of their values (not the
// one that stands for "unspecified"), durations texts such as "90s", "1h30m" or "30d". A message without a value is empty; any
// other field needs one. Texts are UTF-8 without control characters. Supported are string, bool, int32, enum, Duration, messages of
// these, and lists of strings and messages.
YamlReading ReadYaml(absl::string_view text, google::protobuf::Message& message);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_YAML_READER_H_
