#include "server/main/yaml_tree.h"

#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/parser.h"

namespace signet::server {
namespace {

// TreeBuilder makes a tree of the parser's events. It follows no alias, so that its work is linear in the text.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Add(mark, "", anchor, YamlNode()); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases (*name) are not allowed; write the value out");
    Add(mark, "", 0, YamlNode());
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.scalar = value;
    node.quoted = tag == "!";
    Add(mark, tag, anchor, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

  void Refuse(const YAML::Mark& mark, std::string message) {
    if (!problem_) problem_ = YamlProblem{mark.line + 1, std::move(message)};
  }
  const std::optional<YamlProblem>& problem() const { return problem_; }
  YamlNode TakeRoot() { return std::move(root_); }

 private:
  struct OpenNode {
    YamlNode node;
    // The key that waits for its value, in a map.
    std::optional<YamlNode::Entry> entry;
  };

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    CheckProperties(mark, tag, anchor);
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    open_.push_back({std::move(node), std::nullopt});
  }
  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Place(std::move(node));
  }
  void Add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode node) {
    CheckProperties(mark, tag, anchor);
    node.line = mark.line + 1;
    Place(std::move(node));
  }
  // "?" stands for a plain value, "!" for one in quotes.
  void CheckProperties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) Refuse(mark, "anchors (&name) are not allowed; write the value out");
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(mark, "tags (!name) are not allowed; the field says what type it is");
  }
  void Place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (OpenNode& parent = open_.back(); parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.entry) {
      // yaml-cpp places a value that is not there behind what follows.
      if (node.kind == YamlNode::Kind::kNull) node.line = parent.entry->line;
      parent.entry->value = std::move(node);
      parent.node.entries.push_back(*std::move(parent.entry));
      parent.entry.reset();
    } else {
      if (node.kind != YamlNode::Kind::kScalar && !problem_) problem_ = YamlProblem{node.line, "a field's name must be plain text"};
      parent.entry = YamlNode::Entry{node.scalar, node.line, YamlNode()};
    }
  }

  YamlNode root_;
  std::vector<OpenNode> open_;
  std::optional<YamlProblem> problem_;
};

}  // namespace

std::variant<YamlNode, YamlProblem> ParseYamlTree(absl::string_view text) {
  TreeBuilder builder;
  // yaml-cpp 0.7 takes a quoted text that is never closed for a good one if the input ends in a newline.
  text = absl::StripTrailingAsciiWhitespace(text);
  // It reports what it cannot read by exceptions; they end here.
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder rest;
    if (parser.HandleNextDocument(builder) && parser.HandleNextDocument(rest)) {
      return YamlProblem{1, "holds several documents (---); one is read"};
    }
  } catch (const YAML::Exception& error) {
    return YamlProblem{error.mark.line + 1, absl::StrCat("is no YAML: ", error.msg)};
  }
  if (builder.problem()) return *builder.problem();
  return builder.TakeRoot();
}

}  // namespace signet::server
