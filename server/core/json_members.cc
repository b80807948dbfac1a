#include "server/core/json_members.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/core/strict_json.h"

namespace signet::core {
namespace {

using nlohmann::ordered_json;

// MemberWriter writes what the parser tells it.
class MemberWriter : public StrictJsonReader {
 public:
  MemberWriter(MemberCheck check, std::string& to) : check_(check), to_(to) {}

  bool null() override { return Write("null", JsonKind::kOther); }
  bool boolean(bool value) override { return Write(value ? "true" : "false", JsonKind::kOther); }
  bool number_integer(int64_t value) override { return Write(absl::AlphaNum(value).Piece(), JsonKind::kNumber); }
  bool number_unsigned(uint64_t value) override { return Write(absl::AlphaNum(value).Piece(), JsonKind::kNumber); }
  bool number_float(double value, const std::string&) override { return Write(ordered_json(value).dump(), JsonKind::kNumber); }

  bool string(std::string& value) override {
    if (!BeginScalar()) return false;
    AppendJsonString(value, to_);
    return End(JsonKind::kString);
  }

  bool start_object(size_t) override {
    BeginValue();
    if (!EnterObject()) return false;
    // Of the object itself, only the members are wanted.
    if (depth() > 1) to_ += '{';
    Open(/*is_array=*/false);
    return true;
  }

  bool key(std::string& name) override {
    if (depth() == 1) name_ = name;
    // Each member of the object itself stands after a comma.
    if (depth() == 1 || !top().is_empty) to_ += ',';
    top().is_empty = false;
    const size_t begin = to_.size();
    AppendJsonString(name, to_);
    names_.push_back({begin, to_.size()});
    to_ += ':';
    return true;
  }

  bool end_object() override {
    if (HasDuplicate()) return RefuseDuplicate();
    names_.resize(top().names);
    Leave();
    if (depth() == 0) return true;
    to_ += '}';
    return End(JsonKind::kOther);
  }

  bool start_array(size_t) override {
    BeginValue();
    if (!EnterArray()) return false;
    to_ += '[';
    Open(/*is_array=*/true);
    return true;
  }

  bool end_array() override {
    const bool strings = top().holds_strings;
    Leave();
    to_ += ']';
    return End(strings ? JsonKind::kStrings : JsonKind::kOther);
  }

  // What `check` said.
  const absl::Status& verdict() const { return verdict_; }

 private:
  struct Level {
    bool is_array = false;
    bool is_empty = true;
    // Whether it is an array that holds nothing else.
    bool holds_strings = false;
    // How many names of outer objects stand before its own.
    size_t names = 0;
  };
  // Where a name stands in `to`, with its quotation marks. As a string is written in one way only, equal names are equal there.
  struct Name {
    size_t begin;
    size_t end;
  };

  Level& top() { return levels_[depth() - 1]; }
  void Open(bool is_array) { top() = {is_array, /*is_empty=*/true, /*holds_strings=*/is_array, names_.size()}; }

  void BeginValue() {
    if (depth() == 0 || !top().is_array) return;
    if (!top().is_empty) to_ += ',';
    top().is_empty = false;
  }

  bool BeginScalar() {
    if (!EnterScalar()) return false;
    BeginValue();
    return true;
  }

  bool Write(absl::string_view text, JsonKind kind) {
    if (!BeginScalar()) return false;
    absl::StrAppend(&to_, text);
    return End(kind);
  }

  // A value has ended, and `kind` is what it was.
  bool End(JsonKind kind) {
    if (kind != JsonKind::kString) top().holds_strings = false;
    if (depth() > 1) return true;
    verdict_ = check_(name_, kind);
    return verdict_.ok();
  }

  // Sorted, not compared each with each, as a hostile sender can make them many.
  bool HasDuplicate() {
    sorted_.clear();
    for (size_t i = top().names; i < names_.size(); ++i) {
      sorted_.push_back(absl::string_view(to_).substr(names_[i].begin, names_[i].end - names_[i].begin));
    }
    std::sort(sorted_.begin(), sorted_.end());
    return std::adjacent_find(sorted_.begin(), sorted_.end()) != sorted_.end();
  }

  const MemberCheck check_;
  std::string& to_;
  std::array<Level, kMaxJsonDepth> levels_;
  // Of the objects that stand open.
  std::vector<Name> names_;
  std::vector<absl::string_view> sorted_;
  // Of the member of the object itself whose value is being read.
  std::string name_;
  absl::Status verdict_;
};

// RFC 8259 section 7 has no other way for them; everything else may stand as it is.
bool NeedsEscape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void AppendEscaped(char c, std::string& to) {
  switch (c) {
    case '"':
      to += "\\\"";
      return;
    case '\\':
      to += "\\\\";
      return;
    case '\b':
      to += "\\b";
      return;
    case '\f':
      to += "\\f";
      return;
    case '\n':
      to += "\\n";
      return;
    case '\r':
      to += "\\r";
      return;
    case '\t':
      to += "\\t";
      return;
    default:
      absl::StrAppend(&to, "\\u", absl::Hex(c, absl::kZeroPad4));
      return;
  }
}

}  // namespace

absl::Status AppendMembers(absl::string_view text, MemberCheck check, std::string& to) {
  MemberWriter writer(check, to);
  const absl::Status read = ReadStrictly(text, writer);
  return writer.verdict().ok() ? read : writer.verdict();
}

void AppendJsonString(absl::string_view text, std::string& to) {
  to += '"';
  while (!text.empty()) {
    const auto escaped = std::find_if(text.begin(), text.end(), NeedsEscape);
    to.append(text.data(), escaped - text.begin());
    text.remove_prefix(escaped - text.begin());
    if (text.empty()) break;
    AppendEscaped(text.front(), to);
    text.remove_prefix(1);
  }
  to += '"';
}

}  // namespace signet::core
