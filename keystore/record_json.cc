#include "keystore/record_json.h"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "nlohmann/json.hpp"

namespace signet::keystore {
namespace {

using Json = nlohmann::ordered_json;

template <typename Enum>
struct Word {
  Enum value;
  absl::string_view text;
};

constexpr Word<TenantKind> kTenantKindWords[] = {
    {TenantKind::kGlobalAccount, "GLOBAL_ACCOUNT"},
    {TenantKind::kDirectory, "DIRECTORY"},
    {TenantKind::kSubaccount, "SUBACCOUNT"},
};
constexpr Word<Preset> kPresetWords[] = {
    {Preset::kStandard, "STANDARD"},
    {Preset::kSapBtp, "SAP_BTP"},
    {Preset::kSapEdge, "SAP_EDGE"},
    {Preset::kAuth0, "AUTH0"},
};
constexpr Word<KeyState> kKeyStateWords[] = {
    {KeyState::kPendingGeneration, "PENDING_GENERATION"},
    {KeyState::kDisabled, "DISABLED"},
    {KeyState::kEnabled, "ENABLED"},
    {KeyState::kRevoked, "REVOKED"},
    {KeyState::kDestroyed, "DESTROYED"},
    {KeyState::kGenerationFailed, "GENERATION_FAILED"},
};

template <typename Enum, size_t size>
absl::string_view FindWord(const Word<Enum> (&words)[size], Enum value) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) return word.text;
  }
  std::abort();  // Impossible: every value of the enum stands in its table.
}

// Writer puts members into a JSON object in the order of its calls; an optional value that is not set leaves no member.
class Writer {
 public:
  void Put(const char* name, const std::string& value) { object_[name] = value; }
  void Put(const char* name, absl::string_view value) { object_[name] = std::string(value); }
  void Put(const char* name, const std::vector<std::string>& value) { object_[name] = value; }
  void Put(const char* name, bool value) { object_[name] = value; }
  void Put(const char* name, int value) { object_[name] = value; }
  void Put(const char* name, absl::Time value) { object_[name] = absl::ToUnixMicros(value); }
  void Put(const char* name, absl::Duration value) { object_[name] = absl::ToInt64Microseconds(value); }
  void Put(const char* name, Writer value) { object_[name] = std::move(value.object_); }
  template <typename Tag>
  void Put(const char* name, const Id<Tag>& value) {
    object_[name] = value.value();
  }
  template <typename T>
  void Put(const char* name, const std::optional<T>& value) {
    if (value) Put(name, *value);
  }

  // Text that is not UTF-8 cannot come this far; should it, a replacement character is better than the exception.
  std::string Dump() const { return object_.dump(-1, ' ', false, Json::error_handler_t::replace); }

 private:
  Json object_ = Json::object();
};

// Reader takes members out of a JSON object. A member that is missing leaves its target as it is; one of a wrong type is
// remembered, and everything that was read is then void.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

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
  template <typename ReadMembers>
  void ReadObject(const char* name, ReadMembers read_members) {
    const Json* member = Find(name, [](const Json& json) { return json.is_object(); });
    if (member == nullptr) return;
    Reader inner(*member);
    read_members(inner);
    if (problem_.empty()) problem_ = inner.problem_;
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

template <typename Record, typename ReadMembers>
absl::StatusOr<Record> FromJson(absl::string_view text, absl::string_view what, ReadMembers read_members) {
  const auto corrupt = [&](absl::string_view why) {
    return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
                 absl::StrCat("stored ", what, " ", why, "; use the release that wrote it, or restore a backup"));
  };
  const Json object = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return corrupt("is not a JSON object");
  Record record;
  Reader reader(object);
  read_members(reader, record);
  if (!reader.problem().empty()) return corrupt(absl::StrCat("has an unreadable ", reader.problem()));
  return record;
}

Writer PolicyMembers(const KeyPolicy& policy) {
  Writer writer;
  writer.Put("preset", ToWord(policy.preset));
  writer.Put("max_keys", policy.max_keys);
  writer.Put("activation_delay", policy.activation_delay);
  writer.Put("min_retention", policy.min_retention);
  writer.Put("retain_until_revoked", policy.retain_until_revoked);
  writer.Put("max_token_ttl", policy.max_token_ttl);
  writer.Put("jwks_max_age", policy.jwks_max_age);
  return writer;
}

void ReadPolicy(Reader& reader, KeyPolicy& policy) {
  reader.ReadWord("preset", kPresetWords, policy.preset);
  reader.Read("max_keys", policy.max_keys);
  reader.Read("activation_delay", policy.activation_delay);
  reader.Read("min_retention", policy.min_retention);
  reader.Read("retain_until_revoked", policy.retain_until_revoked);
  reader.Read("max_token_ttl", policy.max_token_ttl);
  reader.Read("jwks_max_age", policy.jwks_max_age);
}

}  // namespace

std::string ToJson(const TenantRecord& record) {
  Writer writer;
  writer.Put("id", record.id);
  writer.Put("kind", ToWord(record.kind));
  writer.Put("display_name", record.display_name);
  writer.Put("parent", record.parent);
  writer.Put("issuer", record.issuer);
  writer.Put("host_aliases", record.host_aliases);
  writer.Put("create_time", record.create_time);
  writer.Put("update_time", record.update_time);
  writer.Put("delete_time", record.delete_time);
  return writer.Dump();
}

std::string ToJson(const RingRecord& record) {
  Writer writer;
  writer.Put("tenant", record.tenant);
  writer.Put("id", record.id);
  writer.Put("algorithm", record.algorithm);
  writer.Put("policy", PolicyMembers(record.policy));
  writer.Put("create_time", record.create_time);
  writer.Put("update_time", record.update_time);
  writer.Put("delete_time", record.delete_time);
  return writer.Dump();
}

std::string ToJson(const KeyRecord& record) {
  Writer writer;
  writer.Put("uid", record.uid);
  writer.Put("tenant", record.tenant);
  writer.Put("ring", record.ring);
  writer.Put("kid", record.kid);
  writer.Put("kid_chosen", record.kid_chosen);
  writer.Put("algorithm", record.algorithm);
  writer.Put("state", ToWord(record.state));
  writer.Put("public_key_der", Base64UrlEncode(record.public_key_der));
  writer.Put("in_hsm", record.in_hsm);
  writer.Put("token_ttl_bound", record.token_ttl_bound);
  writer.Put("create_request_id", record.create_request_id);
  writer.Put("create_time", record.create_time);
  writer.Put("publish_time", record.publish_time);
  writer.Put("enable_time", record.enable_time);
  writer.Put("disable_time", record.disable_time);
  writer.Put("revoke_time", record.revoke_time);
  writer.Put("destroy_time", record.destroy_time);
  writer.Put("update_time", record.update_time);
  return writer.Dump();
}

absl::StatusOr<TenantRecord> TenantFromJson(absl::string_view json) {
  return FromJson<TenantRecord>(json, "tenant", [](Reader& reader, TenantRecord& record) {
    reader.Read("id", record.id);
    reader.ReadWord("kind", kTenantKindWords, record.kind);
    reader.Read("display_name", record.display_name);
    reader.Read("parent", record.parent);
    reader.Read("issuer", record.issuer);
    reader.Read("host_aliases", record.host_aliases);
    reader.Read("create_time", record.create_time);
    reader.Read("update_time", record.update_time);
    reader.Read("delete_time", record.delete_time);
  });
}

absl::StatusOr<RingRecord> RingFromJson(absl::string_view json) {
  return FromJson<RingRecord>(json, "key ring", [](Reader& reader, RingRecord& record) {
    reader.Read("tenant", record.tenant);
    reader.Read("id", record.id);
    reader.Read("algorithm", record.algorithm);
    reader.ReadObject("policy", [&](Reader& members) { ReadPolicy(members, record.policy); });
    reader.Read("create_time", record.create_time);
    reader.Read("update_time", record.update_time);
    reader.Read("delete_time", record.delete_time);
  });
}

absl::StatusOr<KeyRecord> KeyFromJson(absl::string_view json) {
  return FromJson<KeyRecord>(json, "signing key", [](Reader& reader, KeyRecord& record) {
    reader.Read("uid", record.uid);
    reader.Read("tenant", record.tenant);
    reader.Read("ring", record.ring);
    reader.Read("kid", record.kid);
    reader.Read("kid_chosen", record.kid_chosen);
    reader.Read("algorithm", record.algorithm);
    reader.ReadWord("state", kKeyStateWords, record.state);
    reader.ReadBytes("public_key_der", record.public_key_der);
    reader.Read("in_hsm", record.in_hsm);
    reader.Read("token_ttl_bound", record.token_ttl_bound);
    reader.Read("create_request_id", record.create_request_id);
    reader.Read("create_time", record.create_time);
    reader.Read("publish_time", record.publish_time);
    reader.Read("enable_time", record.enable_time);
    reader.Read("disable_time", record.disable_time);
    reader.Read("revoke_time", record.revoke_time);
    reader.Read("destroy_time", record.destroy_time);
    reader.Read("update_time", record.update_time);
  });
}

absl::string_view ToWord(TenantKind kind) { return FindWord(kTenantKindWords, kind); }
absl::string_view ToWord(Preset preset) { return FindWord(kPresetWords, preset); }
absl::string_view ToWord(KeyState state) { return FindWord(kKeyStateWords, state); }

}  // namespace signet::keystore
