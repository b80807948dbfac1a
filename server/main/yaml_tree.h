#ifndef SIGNET_SERVER_MAIN_YAML_TREE_H_
#define SIGNET_SERVER_MAIN_YAML_TREE_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::server {

// YamlNode is a value of a YAML document, with its place. Unlike yaml-cpp's, it keeps keys that stand twice.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  // From 1.
  int line = 1;
  // Of a kScalar, as text.
  std::string scalar;
  // A scalar in quotes is a string, whatever it looks like.
  bool quoted = false;
  // Of a kList.
  std::vector<YamlNode> items;
  // Of a kMap, in their order.
  std::vector<Entry> entries;
};

struct YamlNode::Entry {
  std::string key;
  int line = 1;
  YamlNode value;
};

// YamlProblem says why a text is no document that Signet reads.
struct YamlProblem {
  int line = 1;
  std::string message;
};

// Parses one YAML 1.2 document; an empty text is a null. Refused are: several documents, anchors and aliases (with which a short
// text can stand for an endless one), tags, and keys that are not text.
std::variant<YamlNode, YamlProblem> ParseYamlTree(absl::string_view text);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_YAML_TREE_H_
