#include "server/main/yaml_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/utf8.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "server/main/yaml_duration.h"
#include "server/main/yaml_tree.h"

namespace signet::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Duration;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A google.protobuf.Duration holds 10,000 years.
constexpr absl::Duration kLongestDuration = absl::Hours(24 * 365 * 10'000);

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

// Proposes the word that was most likely meant, or names them all.
std::string Hint(absl::string_view word, const std::vector<std::string>& known) {
  constexpr size_t kLongestWord = 64;  // Beyond it nothing is near, and the comparison would be slow.
  if (word.size() <= kLongestWord) {
    const auto nearest = std::min_element(
        known.begin(), known.end(), [&](const auto& a, const auto& b) { return EditDistance(word, a) < EditDistance(word, b); });
    if (nearest != known.end() && EditDistance(word, *nearest) <= std::max<size_t>(2, nearest->size() / 3)) {
      return absl::StrCat("did you mean \"", *nearest, "\"?");
    }
  }
  return absl::StrCat("use one of ", absl::StrJoin(known, ", "));
}

std::vector<std::string> FieldNames(const Descriptor& descriptor) {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(descriptor.field_count()));
  for (int i = 0; i < descriptor.field_count(); ++i) names.push_back(descriptor.field(i)->name());
  return names;
}

bool IsDuration(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.message_type()->full_name() == "google.protobuf.Duration";
}

bool IsSection(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsDuration(field); }

class Reader {
 public:
  void ReadMessage(const YamlNode& node, const std::string& path, Message& message) {
    if (node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kMap)
      return Add(node.line, path, "must hold fields, each on a line of its own as \"name: value\"");
    for (const YamlNode::Entry& entry : node.entries) {
      const std::string field_path = path.empty() ? entry.key : absl::StrCat(path, ".", entry.key);
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(entry.key);
      if (field == nullptr) {
        Add(entry.line, field_path, absl::StrCat("is unknown; ", Hint(entry.key, FieldNames(*message.GetDescriptor()))));
      } else if (const auto [first, added] = reading_.lines.emplace(field_path, entry.line); !added) {
        Add(entry.line, field_path, absl::StrCat("stands twice; it is set in line ", first->second, " already"));
      } else {
        ReadField(entry.value, field_path, message, *field);
      }
    }
  }

  void Add(int line, std::string path, std::string message) {
    reading_.problems.push_back({line, std::move(path), std::move(message)});
  }
  YamlReading Take() { return std::move(reading_); }

 private:
  void ReadField(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    if (!field.is_repeated()) return ReadValue(node, path, message, field);
    if (node.kind != YamlNode::Kind::kList)
      return Add(node.line, path, "must be a list, each value on a line of its own as \"- value\"");
    for (size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_path = absl::StrCat(path, "[", i, "]");
      reading_.lines.emplace(item_path, node.items[i].line);
      ReadValue(node.items[i], item_path, message, field);
    }
  }

  // Sets the field, or adds a value to it if it is repeated.
  void ReadValue(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    if (IsSection(field)) {
      return ReadMessage(
          node, path,
          field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field));
    }
    if (node.kind == YamlNode::Kind::kNull || (node.kind == YamlNode::Kind::kScalar && node.scalar.empty())) {
      return Add(node.line, path, "has no value; give it one, or remove the line");
    }
    if (node.kind != YamlNode::Kind::kScalar) return Add(node.line, path, "must be a single value");
    if (IsDuration(field)) return ReadDuration(node, path, message, field);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return ReadString(node, path, message, field);
      case FieldDescriptor::CPPTYPE_BOOL:
        return ReadBool(node, path, message, field);
      case FieldDescriptor::CPPTYPE_INT32:
        return ReadInt32(node, path, message, field);
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(node, path, message, field);
      default:
        std::abort();  // A field of a type that the header does not promise: a defect that the first test of the message meets.
    }
  }

  // A NUL would end a path early, and a JSON document, such as a token with an issuer, can hold no text that is not UTF-8.
  void ReadString(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    if (!IsUtf8(node.scalar) || std::any_of(node.scalar.begin(), node.scalar.end(), absl::ascii_iscntrl)) {
      return Add(node.line, path, "must be UTF-8 without control characters, such as a line break");
    }
    const auto& reflection = *message.GetReflection();
    return field.is_repeated() ? reflection.AddString(&message, &field, node.scalar)
                               : reflection.SetString(&message, &field, node.scalar);
  }

  void ReadBool(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    if (node.quoted || (node.scalar != "true" && node.scalar != "false")) return Add(node.line, path, "must be true or false");
    message.GetReflection()->SetBool(&message, &field, node.scalar == "true");
  }

  void ReadInt32(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    int32_t value = 0;
    if (node.quoted || !absl::SimpleAtoi(node.scalar, &value)) {
      return Add(node.line, path, "must be a whole number of at most 32 bits, without quotes, such as 16");
    }
    const auto& reflection = *message.GetReflection();
    return field.is_repeated() ? reflection.AddInt32(&message, &field, value) : reflection.SetInt32(&message, &field, value);
  }

  void ReadEnum(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    const EnumValueDescriptor* value = field.enum_type()->FindValueByName(node.scalar);
    if (value == nullptr || value->number() == 0) {
      std::vector<std::string> names;
      for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        if (field.enum_type()->value(i)->number() != 0) names.push_back(field.enum_type()->value(i)->name());
      }
      return Add(node.line, path, absl::StrCat("has an unknown value; ", Hint(absl::AsciiStrToUpper(node.scalar), names)));
    }
    message.GetReflection()->SetEnum(&message, &field, value);
  }

  void ReadDuration(const YamlNode& node, const std::string& path, Message& message, const FieldDescriptor& field) {
    const std::optional<absl::Duration> value = ParseConfigDuration(node.scalar);
    if (!value || absl::AbsDuration(*value) > kLongestDuration) {
      return Add(node.line, path, "must be a duration with its unit, such as 90s, 10m, 1h30m or 30d");
    }
    absl::Duration rest;
    auto& duration = *google::protobuf::DynamicCastToGenerated<Duration>(message.GetReflection()->MutableMessage(&message, &field));
    duration.set_seconds(absl::IDivDuration(*value, absl::Seconds(1), &rest));
    duration.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }

  YamlReading reading_;
};

}  // namespace

YamlReading ReadYaml(absl::string_view text, Message& message) {
  Reader reader;
  const auto tree = ParseYamlTree(text);
  if (const auto* problem = std::get_if<YamlProblem>(&tree)) {
    reader.Add(problem->line, "", problem->message);
  } else {
    reader.ReadMessage(std::get<YamlNode>(tree), "", message);
  }
  return reader.Take();
}

}  // namespace signet::server
