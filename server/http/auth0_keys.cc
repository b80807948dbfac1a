#include "server/http/auth0_keys.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "server/core/key_rotation.h"
#include "server/core/names.h"
#include "server/http/auth0_date.h"
#include "server/http/auth0_error.h"
#include "server/http/certificate_formats.h"
#include "server/http/change_by.h"

namespace signet::http {
namespace {

using core::KeyView;
using keystore::KeyRole;
using keystore::KeyState;
using Json = nlohmann::ordered_json;

// More than any ring holds: the rings of Auth0's preset have 3 live keys and 3 revoked ones.
constexpr int kAllKeys = 1000;

core::RingName RingOf(const keystore::TenantId& tenant) { return {tenant, keystore::RingId(std::string(core::kAccessTokenRing))}; }

std::string PemOf(const KeyView& key) {
  return key.record.certificate_chain.empty() ? "" : CertificateToPem(key.record.certificate_chain.front());
}

// Auth0 knows no others: those that are still being made, or that an operator keeps aside, are none of its.
bool IsShown(const KeyView& key) { return key.role != KeyRole::kNone || key.record.state == KeyState::kRevoked; }

int PlaceOf(const KeyView& key) {
  switch (key.role) {
    case KeyRole::kCurrent:
      return 0;
    case KeyRole::kNext:
      return 1;
    case KeyRole::kPrevious:
      return 2;
    default:
      return 3;
  }
}

Response NoSuchKey() { return Auth0Error(404, "Signing key not found.", "inexistent_signing_key"); }

// A kid that no key can have is not found either.
bool IsMissing(const absl::Status& status) { return absl::IsNotFound(status) || absl::IsInvalidArgument(status); }

absl::StatusOr<KeyView> FindKey(core::Keys& keys, const core::KeyName& name) {
  absl::StatusOr<KeyView> key = keys.Get(name);
  if (key.ok() && !IsShown(*key)) return absl::NotFoundError("the key is not one of Auth0's");
  return key;
}

absl::StatusOr<core::KeyName> NameOf(const keystore::TenantId& tenant, const std::string& kid) {
  absl::StatusOr<keystore::Kid> checked = core::CheckKid("kid", kid);
  if (!checked.ok()) return checked.status();
  return core::KeyName{RingOf(tenant), *std::move(checked)};
}

Json CertificateAndKid(const KeyView& key) { return {{"cert", PemOf(key)}, {"kid", key.record.kid.value()}}; }

}  // namespace

Json Auth0SigningKey(const KeyView& key) {
  const keystore::KeyRecord& record = key.record;
  Json json = {{"kid", record.kid.value()}, {"cert", PemOf(key)}};
  if (!record.certificate_chain.empty()) json["pkcs7"] = ChainToPkcs7Pem(record.certificate_chain);
  json["current"] = key.role == KeyRole::kCurrent;
  json["next"] = key.role == KeyRole::kNext;
  json["previous"] = key.role == KeyRole::kPrevious;
  if (record.enable_time) json["current_since"] = Auth0Date(*record.enable_time);
  if (record.disable_time && record.enable_time) json["current_until"] = Auth0Date(*record.disable_time);
  const std::string der = record.certificate_chain.empty() ? "" : record.certificate_chain.front();
  json["fingerprint"] = der.empty() ? "" : CertificateFingerprint(der);
  json["thumbprint"] = der.empty() ? "" : CertificateThumbprint(der);
  json["revoked"] = record.state == KeyState::kRevoked;
  if (record.revoke_time) json["revoked_at"] = Auth0Date(*record.revoke_time);
  return json;
}

Response ListAuth0Keys(core::Keys& keys, const keystore::TenantId& tenant, absl::Time now) {
  absl::StatusOr<core::ListResult<KeyView>> list =
      keys.List(RingOf(tenant), keystore::KeyStore::Tombstones::kHide, {.page_size = kAllKeys, .page_token = ""});
  if (!list.ok()) return Auth0ErrorOf(list.status(), now);
  // From the order of creation.
  std::reverse(list->items.begin(), list->items.end());
  std::stable_sort(list->items.begin(), list->items.end(),
                   [](const KeyView& a, const KeyView& b) { return PlaceOf(a) < PlaceOf(b); });
  Json json = Json::array();
  for (const KeyView& key : list->items) {
    if (IsShown(key)) json.push_back(Auth0SigningKey(key));
  }
  return Auth0Json(200, json);
}

Response GetAuth0Key(core::Keys& keys, const keystore::TenantId& tenant, const std::string& kid, absl::Time now) {
  const absl::StatusOr<core::KeyName> name = NameOf(tenant, kid);
  if (!name.ok()) return NoSuchKey();
  const absl::StatusOr<KeyView> key = FindKey(keys, *name);
  if (!key.ok()) return IsMissing(key.status()) ? NoSuchKey() : Auth0ErrorOf(key.status(), now);
  return Auth0Json(200, Auth0SigningKey(*key));
}

Response RotateAuth0Keys(core::Keys& keys, const keystore::TenantId& tenant, const core::Principal& caller, absl::Time now) {
  const absl::StatusOr<core::RotationResult> rotated = keys.Rotate(RingOf(tenant), core::RotateCommand(), ChangeBy(caller));
  if (!rotated.ok()) return Auth0ErrorOf(rotated.status(), now);
  const auto find = [&](KeyRole role) {
    return std::find_if(rotated->keys.begin(), rotated->keys.end(), [role](const KeyView& key) { return key.role == role; });
  };
  auto key = find(KeyRole::kNext);
  // A ring that keeps no next key, or whose next one the scheduler is to make: the key that signs from now on.
  if (key == rotated->keys.end()) key = find(KeyRole::kCurrent);
  if (key == rotated->keys.end()) return Auth0ErrorOf(absl::InternalError("the rotation left no key"), now);
  return Auth0Json(201, CertificateAndKid(*key));
}

Response RevokeAuth0Key(core::Keys& keys, const keystore::TenantId& tenant, const std::string& kid, const core::Principal& caller,
                        absl::Time now) {
  const absl::StatusOr<core::KeyName> name = NameOf(tenant, kid);
  if (!name.ok()) return NoSuchKey();
  const absl::StatusOr<KeyView> key = FindKey(keys, *name);
  if (!key.ok()) return IsMissing(key.status()) ? NoSuchKey() : Auth0ErrorOf(key.status(), now);
  if (key->role != KeyRole::kPrevious && key->record.state != KeyState::kRevoked) {
    return Auth0Error(400, "Only the previous signing key can be revoked; rotate first.", "operation_not_supported");
  }
  // Without force: if another call has made it the key that signs meanwhile, the core refuses.
  const absl::StatusOr<KeyView> revoked = keys.Revoke(*name, keystore::Force::kNo, ChangeBy(caller));
  if (!revoked.ok()) return Auth0ErrorOf(revoked.status(), now);
  return Auth0Json(200, CertificateAndKid(*revoked));
}

}  // namespace signet::http
