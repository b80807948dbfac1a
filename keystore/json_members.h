#ifndef SIGNET_KEYSTORE_JSON_MEMBERS_H_
#define SIGNET_KEYSTORE_JSON_MEMBERS_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "keystore/ids.h"
#include "nlohmann/json.hpp"

namespace signet::keystore {

// JSON whose members keep the order in which they were written.
using Json = nlohmann::ordered_json;

// Word is the text that stands for a value of an enum; an array of them is the enum's table.
template <typename Enum>
struct Word {
  Enum value;
  absl::string_view text;
};

// Returns the text of `value`.
template <typename Enum, size_t size>
absl::string_view FindWord(const Word<Enum> (&words)[size], Enum value) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) return word.text;
  }
  std::abort();  // Impossible: every value of the enum stands in its table.
}

// JsonWriter puts members into a JSON object in the order of its calls; an optional value that is not set leaves no member.
class JsonWriter {
 public:
  void Put(const char* name, const std::string& value) { object_[name] = value; }
  void Put(const char* name, absl::string_view value) { object_[name] = std::string(value); }
  void Put(const char* name, const std::vector<std::string>& value) { object_[name] = value; }
  void Put(const char* name, bool value) { object_[name] = value; }
  void Put(const char* name, int value) { object_[name] = value; }
  void Put(const char* name, int64_t value) { object_[name] = value; }
  void Put(const char* name, absl::Time value) { object_[name] = absl::ToUnixMicros(value); }
  void Put(const char* name, absl::Duration value) { object_[name] = absl::ToInt64Microseconds(value); }
  void Put(const char* name, JsonWriter value) { object_[name] = std::move(value.object_); }
  void Put(const char* name, std::vector<JsonWriter> value) {
    Json& array = object_[name] = Json::array();
    for (JsonWriter& writer : value) array.push_back(std::move(writer.object_));
  }
  template <typename Tag>
  void Put(const char* name, const Id<Tag>& value) {
    object_[name] = value.value();
  }
  template <typename Tag>
  void Put(const char* name, const std::vector<Id<Tag>>& value) {
    Json& array = object_[name] = Json::array();
    for (const Id<Tag>& id : value) array.push_back(id.value());
  }
  template <typename T>
  void Put(const char* name, const std::optional<T>& value) {
    if (value) Put(name, *value);
  }
  // Bytes become base64url.
  void PutBytes(const char* name, absl::string_view value) { object_[name] = Base64UrlEncode(value); }
  void PutBytes(const char* name, const std::vector<std::string>& value) {
    Json& array = object_[name] = Json::array();
    for (const std::string& bytes : value) array.push_back(Base64UrlEncode(bytes));
  }

  // Text that is not UTF-8 cannot come this far; should it, a replacement character is better than the exception.
  std::string Dump() const { return object_.dump(-1, ' ', false, Json::error_handler_t::replace); }

 private:
  Json object_ = Json::object();
};

// JsonReader takes members out of a JSON object. A member that is missing leaves its target as it is; one of a wrong type is
// remembered, and everything that was read is then void.
class JsonReader {
 public:
  explicit JsonReader(const Json& object) : object_(object) {}

  void Read(const char* name, std::string& value) {
    if (const Json* member = Find(name, [](const Json& json) { return json.is_string(); })) value = member->get<std::string>();
  }
  void Read(const char* name, std::vector<std::string>& value) {
    const Json* member = Find(name, [](const Json& json) { return json.is_array(); });
    if (member == nullptr) return;
    value.clear();
    for (const Json& element : *member) {
      if (!element.is_string()) return Complain(name);
      value.push_back(element.get<std::string>());
    }
  }
  void Read(const char* name, bool& value) {
    if (const Json* member = Find(name, [](const Json& json) { return json.is_boolean(); })) value = member->get<bool>();
  }
  void Read(const char* name, int64_t& value) {
    const Json* member = Find(name, [](const Json& json) { return json.is_number_integer(); });
    if (member == nullptr) return;
    if (member->is_number_unsigned() && member->get<uint64_t>() > std::numeric_limits<int64_t>::max()) return Complain(name);
    value = member->get<int64_t>();
  }
  void Read(const char* name, int& value) {
    int64_t wide = value;
    Read(name, wide);
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) return Complain(name);
    value = static_cast<int>(wide);
  }
  void Read(const char* name, absl::Time& value) {
    int64_t micros = absl::ToUnixMicros(value);
    Read(name, micros);
    value = absl::FromUnixMicros(micros);
  }
  void Read(const char* name, absl::Duration& value) {
    int64_t micros = absl::ToInt64Microseconds(value);
    Read(name, micros);
    value = absl::Microseconds(micros);
  }
  template <typename Tag>
  void Read(const char* name, Id<Tag>& value) {
    std::string text = value.value();
    Read(name, text);
    value = Id<Tag>(std::move(text));
  }
  template <typename Tag>
  void Read(const char* name, std::vector<Id<Tag>>& value) {
    if (!object_.contains(name)) return;
    std::vector<std::string> texts;
    Read(name, texts);
    value.clear();
    for (std::string& text : texts) value.emplace_back(std::move(text));
  }
  template <typename T>
  void Read(const char* name, std::optional<T>& value) {
    if (!object_.contains(name)) return;
    T present{};
    Read(name, present);
    value = std::move(present);
  }
  template <typename Enum, size_t size>
  void ReadWord(const char* name, const Word<Enum> (&words)[size], Enum& value) {
    if (!object_.contains(name)) return;
    std::string text;
    Read(name, text);
    for (const Word<Enum>& word : words) {
      if (word.text == text) {
        value = word.value;
        return;
      }
    }
    // A word of a newer release: to guess what it means could bring a revoked key back.
    Complain(name);
  }
  void ReadBytes(const char* name, std::string& value) {
    std::string text;
    Read(name, text);
    std::optional<std::string> bytes = Base64UrlDecode(text);
    if (!bytes) return Complain(name);
    value = *std::move(bytes);
  }
  void ReadBytes(const char* name, std::vector<std::string>& value) {
    if (!object_.contains(name)) return;
    std::vector<std::string> texts;
    Read(name, texts);
    value.clear();
    for (const std::string& text : texts) {
      std::optional<std::string> bytes = Base64UrlDecode(text);
      if (!bytes) return Complain(name);
      value.push_back(*std::move(bytes));
    }
  }
  // Reads an object's members with `read_members(reader, value)`.
  template <typename T, typename ReadMembers>
  void ReadObject(const char* name, T& value, ReadMembers read_members) {
    const Json* member = Find(name, [](const Json& json) { return json.is_object(); });
    if (member == nullptr) return;
    JsonReader inner(*member);
    read_members(inner, value);
    if (problem_.empty()) problem_ = inner.problem_;
  }
  template <typename T, typename ReadMembers>
  void ReadObject(const char* name, std::optional<T>& value, ReadMembers read_members) {
    if (!object_.contains(name)) return;
    T present{};
    ReadObject(name, present, read_members);
    value = std::move(present);
  }
  // Reads an array of objects, each with `read_members(reader, value)`.
  template <typename T, typename ReadMembers>
  void ReadObjects(const char* name, std::vector<T>& value, ReadMembers read_members) {
    const Json* member = Find(name, [](const Json& json) { return json.is_array(); });
    if (member == nullptr) return;
    value.clear();
    for (const Json& element : *member) {
      if (!element.is_object()) return Complain(name);
      JsonReader inner(element);
      read_members(inner, value.emplace_back());
      if (problem_.empty()) problem_ = inner.problem_;
    }
  }

  // The first member that could not be read; empty if all could.
  const std::string& problem() const { return problem_; }

 private:
  template <typename Predicate>
  const Json* Find(const char* name, Predicate has_type) {
    const auto member = object_.find(name);
    if (member == object_.end()) return nullptr;
    if (has_type(*member)) return &*member;
    Complain(name);
    return nullptr;
  }
  void Complain(const char* name) {
    if (problem_.empty()) problem_ = name;
  }

  const Json& object_;
  std::string problem_;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_JSON_MEMBERS_H_
