#include "server/http/sap_settings.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "keystore/records.h"
#include "server/core/access.h"
#include "server/core/key_rotation.h"
#include "server/core/names.h"
#include "server/http/change_by.h"
#include "server/http/sap_date.h"

namespace signet::http {
namespace {

using core::KeyView;
using core::RuleOf;
using keystore::TenantId;
using Json = nlohmann::ordered_json;
using Mode = SapKeyChange::Mode;

constexpr int64_t kDefaultValidity = -1;
constexpr int64_t kLeastValidity = 1800;
constexpr int64_t kMostAccessValidity = 86'400;
constexpr int64_t kMostRefreshValidity = 31'536'000;

core::RingName RingOf(const TenantId& tenant) { return {tenant, keystore::RingId(std::string(core::kAccessTokenRing))}; }

// The name of a key for which none was chosen, in SAP's form.
std::string NewKeyId(Random& random) {
  constexpr size_t kIdBytes = 5;
  return absl::StrCat("default-jwt-key-", absl::BytesToHexString(random.Bytes(kIdBytes)));
}

// The last time at which its state changed, as `signet list security/settings` has it.
absl::Time LastModified(const keystore::KeyRecord& key) {
  return std::max({key.create_time, key.enable_time.value_or(key.create_time), key.disable_time.value_or(key.create_time)});
}

Json ToJson(const KeyView& key, const core::RingView& ring) {
  Json json = {{"created", SapDate(key.record.create_time)}, {"lastModifiedAt", SapDate(LastModified(key.record))}};
  const bool is_rotated = key.role == keystore::KeyRole::kCurrent && ring.next_rotation_time.has_value();
  json["nextRotationDate"] = is_rotated ? Json(SapDate(*ring.next_rotation_time)) : Json(nullptr);
  // FIPS 186-5 approves every row of the closed table; as signet.v1.SigningKey has it.
  json["fipsCompliant"] = hsm::FindAlgorithm(key.record.algorithm).has_value();
  return json;
}

absl::StatusOr<std::optional<absl::Duration>> ReadValidity(absl::string_view field, int64_t seconds, int64_t most) {
  if (seconds == kDefaultValidity) return std::nullopt;
  if (seconds >= kLeastValidity && seconds <= most) return absl::Seconds(seconds);
  return InvalidField(field, absl::StrCat("must be -1, for the default, or ", kLeastValidity, " to ", most, " seconds"));
}

int64_t ValidityOf(const std::optional<absl::Duration>& validity) {
  return validity ? absl::ToInt64Seconds(*validity) : kDefaultValidity;
}

// The rule of the RPC that does what `change` does.
const core::AccessRule& RuleOfKeyChange(Mode mode) {
  switch (mode) {
    case Mode::kAdd:
      return RuleOf("signet.v1.KeyService/CreateKey");
    case Mode::kUpdate:
    case Mode::kForceUpdate:
      return RuleOf("signet.v1.KeyService/EnableKey");
    default:
      return RuleOf("signet.v1.KeyService/DeleteKey");
  }
}

}  // namespace

absl::StatusOr<std::optional<absl::Duration>> ReadAccessTokenValidity(int64_t seconds) {
  return ReadValidity("accessTokenValidity", seconds, kMostAccessValidity);
}

absl::StatusOr<std::optional<absl::Duration>> ReadRefreshTokenValidity(int64_t seconds) {
  return ReadValidity("refreshTokenValidity", seconds, kMostRefreshValidity);
}

absl::Status SapSettings::CheckAccess(const SapSettingsChange& change, const core::Principal& caller) {
  if (change.key) SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOfKeyChange(change.key->mode), caller));
  if (!ChangesRing(change)) return absl::OkStatus();
  return core::CheckAccess(RuleOf("signet.v1.KeyService/UpdateKeyRing"), caller);
}

absl::StatusOr<Json> SapSettings::Get(const TenantId& tenant) { return Show(tenant, {}); }

absl::StatusOr<Json> SapSettings::Change(const TenantId& tenant, const SapSettingsChange& change, const core::Principal& caller) {
  std::vector<std::string> warnings;
  if (change.key) {
    SIGNET_ASSIGN_OR_RETURN(const KeyView key, ChangeKey(tenant, *change.key, ChangeBy(caller)));
    warnings = key.warnings;
  }
  if (ChangesRing(change)) {
    core::RingUpdate update;
    update.max_token_ttl = change.access_token_validity;
    update.refresh_token_validity = change.refresh_token_validity;
    if (change.rotate_automatically) update.automatic = *change.rotate_automatically;
    SIGNET_RETURN_IF_ERROR(rings_.Update(RingOf(tenant), update, ChangeBy(caller)).status());
    if (change.refresh_token_validity && *change.refresh_token_validity) {
      warnings.emplace_back("no refresh tokens are issued here: refreshTokenValidity is kept, and has no effect");
    }
  }
  return Show(tenant, warnings);
}

absl::StatusOr<Json> SapSettings::Rotate(const TenantId& tenant, const std::string& key_id, keystore::Force force,
                                         const core::Principal& caller) {
  if (!key_id.empty()) {
    SIGNET_ASSIGN_OR_RETURN(const keystore::Kid kid, core::CheckKid("key", key_id));
    SIGNET_ASSIGN_OR_RETURN(const KeyView key, keys_.Get({RingOf(tenant), kid}));
    if (key.role != keystore::KeyRole::kCurrent) {
      return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotEnabled,
                   "the key is not the one that signs, which a rotation supersedes; name that one, or none");
    }
  }
  core::RotateCommand command;
  command.force = force;
  SIGNET_ASSIGN_OR_RETURN(const core::RotationResult rotated, keys_.Rotate(RingOf(tenant), command, ChangeBy(caller)));
  return Show(tenant, rotated.warnings);
}

absl::StatusOr<KeyView> SapSettings::ChangeKey(const TenantId& tenant, const SapKeyChange& change,
                                               const core::ChangeRequest& request) {
  const bool is_named = change.mode != Mode::kAdd || !change.key_id.empty();
  SIGNET_ASSIGN_OR_RETURN(const keystore::Kid kid, core::CheckKid("keyId", is_named ? change.key_id : NewKeyId(random_)));
  const core::KeyName name = {RingOf(tenant), kid};
  switch (change.mode) {
    case Mode::kAdd:
      return keys_.Create(name.ring, kid, request);
    case Mode::kUpdate:
      return keys_.Enable(name, keystore::Force::kNo, request);
    case Mode::kForceUpdate:
      return keys_.Enable(name, keystore::Force::kYes, request);
    case Mode::kDelete:
      return keys_.Delete(name, keystore::Force::kNo, request);
    case Mode::kForceDelete:
      return keys_.Delete(name, keystore::Force::kYes, request);
  }
  return Defect("no such change of a key");
}

absl::StatusOr<Json> SapSettings::Show(const TenantId& tenant, const std::vector<std::string>& warnings) {
  SIGNET_ASSIGN_OR_RETURN(const core::RingView ring, rings_.Get(RingOf(tenant)));
  // More than any ring holds: at most 10 live keys, and 100 revoked ones.
  constexpr int kAllKeys = 1000;
  SIGNET_ASSIGN_OR_RETURN(const core::ListResult<KeyView> list, keys_.List(RingOf(tenant), keystore::KeyStore::Tombstones::kHide,
                                                                           {.page_size = kAllKeys, .page_token = ""}));

  Json active = nullptr;
  Json ids = Json::array();
  Json keys = Json::object();
  for (const KeyView& key : list.items) {
    if (!keystore::IsPublished(key.record)) continue;
    const std::string& id = key.record.kid.value();
    if (key.role == keystore::KeyRole::kCurrent) active = id;
    ids.push_back(id);
    keys[id] = ToJson(key, ring);
  }
  Json json = {{"tokenPolicySettings",
                {{"accessTokenValidity", ValidityOf(ring.record.policy.max_token_ttl)},
                 {"refreshTokenValidity", ValidityOf(ring.record.policy.refresh_token_validity)},
                 {"refreshTokenUnique", false},
                 {"activeKeyId", std::move(active)},
                 {"keyIds", std::move(ids)},
                 {"keys", std::move(keys)}}},
               {"rotateSigningKeyAutomatically", ring.policy.automatic}};
  if (!warnings.empty()) json["warnings"] = warnings;
  return json;
}

}  // namespace signet::http
