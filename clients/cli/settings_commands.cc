#include "clients/cli/settings_commands.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;
using Json = nlohmann::ordered_json;

// What stands for "the default" among SAP's settings.
constexpr int64_t kDefaultValidity = -1;

// What the settings are read from.
struct Settings {
  v1::KeyRing ring;
  std::vector<v1::SigningKey> keys;
  // The id of the key that signs; empty if none does.
  std::string active_key;
};

absl::StatusOr<Settings> ReadSettings(Session& session, const v1::KeyRing& ring) {
  v1::ListKeysRequest request;
  request.set_parent(ring.name());
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeysResponse reply, session.ListAll(&KeyStub::ListKeys, request));
  Settings settings{ring, {}, ""};
  for (const v1::SigningKey& key : reply.keys()) {
    if (key.state() == v1::SigningKey::ENABLED) settings.active_key = key.kid();
    if (key.state() == v1::SigningKey::ENABLED || key.state() == v1::SigningKey::DISABLED) settings.keys.push_back(key);
  }
  return settings;
}

// A date as SAP's settings have it: null if there is none.
Json DateJson(const google::protobuf::Timestamp& time) {
  const std::string date = DateOf(time);
  return date.empty() ? Json() : Json(date);
}

// The last time at which its state changed, as SAP's REST API has it here.
google::protobuf::Timestamp LastModified(const v1::SigningKey& key) {
  return std::max({key.create_time(), key.enable_time(), key.disable_time()},
                  [](const auto& a, const auto& b) { return a.seconds() < b.seconds(); });
}

// The members, and their order, are SAP's.
Json SettingsJson(const Settings& settings) {
  const v1::KeyPolicy& policy = settings.ring.policy();
  Json keys = Json::object();
  Json key_ids = Json::array();
  for (const v1::SigningKey& key : settings.keys) {
    key_ids.push_back(key.kid());
    const bool is_active = key.kid() == settings.active_key;
    keys[key.kid()] = {{"created", DateJson(key.create_time())},
                       {"lastModifiedAt", DateJson(LastModified(key))},
                       {"nextRotationDate", is_active ? DateJson(settings.ring.next_rotation_time()) : Json()},
                       {"fipsCompliant", key.fips_compliant()}};
  }
  return {{"tokenPolicySettings",
           {{"accessTokenValidity", policy.has_max_token_ttl() ? policy.max_token_ttl().seconds() : kDefaultValidity},
            // Signet issues no refresh tokens.
            {"refreshTokenValidity", kDefaultValidity},
            {"refreshTokenUnique", false},
            {"activeKeyId", settings.active_key.empty() ? Json() : Json(settings.active_key)},
            {"keyIds", key_ids},
            {"keys", keys}}},
          {"rotateSigningKeyAutomatically", settings.ring.effective_policy().automatic()}};
}

Fields SettingsFields(const Settings& settings) {
  const std::string next = DateOf(settings.ring.next_rotation_time());
  return {
      {"Rotate signing key automatically", settings.ring.effective_policy().automatic() ? "true" : "false"},
      {"Next rotation", next.empty() ? "none planned" : next},
      {"Active key", settings.active_key},
      {"Keys", absl::StrJoin(settings.keys, ", ", [](std::string* out, const v1::SigningKey& key) { out->append(key.kid()); })},
  };
}

absl::Status List(Session& session) {
  v1::GetKeyRingRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), session.Ring());
  SIGNET_ASSIGN_OR_RETURN(const v1::KeyRing ring, session.Call(&KeyStub::GetKeyRing, request));
  SIGNET_ASSIGN_OR_RETURN(const Settings settings, ReadSettings(session, ring));
  session.printer().PrintReply(SettingsJson(settings), "", SettingsFields(settings));
  return absl::OkStatus();
}

absl::Status Update(Session& session) {
  v1::UpdateKeyRingRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_key_ring()->mutable_name(), session.Ring());
  request.mutable_key_ring()->mutable_policy()->set_automatic(session.values().IsTrue("rotate-signing-key-automatically"));
  request.mutable_update_mask()->add_paths("policy.automatic");
  SIGNET_ASSIGN_OR_RETURN(const v1::KeyRing ring, session.Call(&KeyStub::UpdateKeyRing, request));
  SIGNET_ASSIGN_OR_RETURN(const Settings settings, ReadSettings(session, ring));
  session.printer().PrintReply(SettingsJson(settings), session.Headline("Updated security settings"), SettingsFields(settings));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> SettingsCommands() {
  const std::string object = "security/settings";
  return {
      {"list", object,
       "Show how the keys of a tenant's key ring access-token are rotated. `get security/key-ring` shows its policy.",
       ScopeParameters(), List},
      {"update", object,
       "Switch automatic rotation of the key ring access-token on or off. Switching it on starts a rotation at once. "
       "`update security/key-ring` changes the policy.",
       Join({{{.name = "rotate-signing-key-automatically",
               .kind = ParameterKind::kBool,
               .doc = "Whether Signet rotates the keys by itself.",
               .occurrence = Occurrence::kRequired}},
             ScopeParameters(),
             ChangeParameters()}),
       Update},
  };
}

}  // namespace signet::cli
