#include "server/core/json_object.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/error.h"

namespace signet::core {

namespace {

using nlohmann::ordered_json;
using Members = ordered_json::object_t::Container;

bool HasDuplicate(const Members& members) {
  std::vector<absl::string_view> names;
  names.reserve(members.size());
  for (const auto& [name, value] : members) names.push_back(name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// ObjectBuilder makes a value out of the parser's events.
class ObjectBuilder : public StrictJsonReader {
 public:
  bool null() override { return AddScalar(nullptr); }
  bool boolean(bool value) override { return AddScalar(value); }
  bool number_integer(int64_t value) override { return AddScalar(value); }
  bool number_unsigned(uint64_t value) override { return AddScalar(value); }
  bool number_float(double value, const std::string&) override { return AddScalar(value); }
  bool string(std::string& value) override { return AddScalar(std::move(value)); }
  bool start_object(size_t) override { return EnterObject() && Open(ordered_json::object()); }
  bool start_array(size_t) override { return EnterArray() && Open(ordered_json::array()); }
  bool end_array() override { return Close(); }

  bool key(std::string& name) override {
    name_ = std::move(name);
    return true;
  }

  bool end_object() override {
    if (HasDuplicate(*open_.back()->get_ptr<ordered_json::object_t*>())) return RefuseDuplicate();
    return Close();
  }

  ordered_json TakeRoot() { return std::move(root_); }

 private:
  bool AddScalar(ordered_json value) {
    if (!EnterScalar()) return false;
    Add(std::move(value));
    return true;
  }

  bool Open(ordered_json container) {
    open_.push_back(Add(std::move(container)));
    return true;
  }

  bool Close() {
    Leave();
    open_.pop_back();
    return true;
  }

  ordered_json* Add(ordered_json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    ordered_json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    // Appended to the vector underneath: ordered_map's own insertion first searches all members, which a hostile sender can make
    // cost seconds. end_object looks for duplicates.
    Members& members = *parent.get_ptr<ordered_json::object_t*>();
    members.emplace_back(std::move(name_), std::move(value));
    return &members.back().second;
  }

  ordered_json root_;
  // The containers that stand open, the outermost first. Only the last one grows, so that the pointers stay valid. As their depth
  // is bounded, the value does not exhaust the thread's stack when it dies.
  std::vector<ordered_json*> open_;
  // Of the member whose value comes next.
  std::string name_;
};

}  // namespace

absl::StatusOr<ordered_json> ParseJsonObject(absl::string_view text) {
  ObjectBuilder builder;
  SIGNET_RETURN_IF_ERROR(ReadStrictly(text, builder));
  return builder.TakeRoot();
}

const ordered_json* FindMember(const ordered_json& object, absl::string_view name) {
  for (const auto& [member, value] : object.get_ref<const ordered_json::object_t&>()) {
    if (member == name) return &value;
  }
  return nullptr;
}

}  // namespace signet::core
