#include "server/http/auth0_keys.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "server/core/key_rotation.h"
#include "server/core/names.h"
#include "server/core/rotation_result.h"
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

// The scheduler looks for missing next keys every 2 seconds; making one takes some more.
constexpr absl::Duration kNextKeyDelay = absl::Seconds(5);

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

const KeyView* FindByRole(const core::RotationResult& rotated, KeyRole role) {
  const auto found =
      std::find_if(rotated.keys.begin(), rotated.keys.end(), [role](const KeyView& key) { return key.role == role; });
  return found == rotated.keys.end() ? nullptr : &*found;
}

// Whoever asked for a rotation takes the key of the answer for the next one: no other may stand there. SDKs repeat a 503 by
// themselves, which within the window rotates nothing; without a window it would, and 409 is not repeated.
Response NextKeyIsMissing(const keystore::ResolvedPolicy& policy) {
  constexpr absl::string_view kMessage = "The rotation is done, but its next key is not there yet";
  const bool is_repeatable = policy.idempotency_window > kNextKeyDelay;
  Response response = is_repeatable ? Auth0Error(503, absl::StrCat(kMessage, "; try again."), "service_unavailable")
                                    : Auth0Error(409, absl::StrCat(kMessage, "; list the keys to find it."), "conflict");
  if (is_repeatable) response.fields.emplace_back("Retry-After", absl::StrCat(absl::ToInt64Seconds(kNextKeyDelay)));
  response.cause = absl::UnavailableError("the next key of the rotation is not there yet");
  return response;
}

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

Response RotateAuth0Keys(core::Keys& keys, core::KeyRings& rings, const keystore::TenantId& tenant, const core::Principal& caller,
                         absl::Time now) {
  const core::RingName ring = RingOf(tenant);
  const absl::StatusOr<core::RotationResult> rotated = keys.Rotate(ring, core::RotateCommand(), ChangeBy(caller));
  if (!rotated.ok()) return Auth0ErrorOf(rotated.status(), now);
  if (const KeyView* next = FindByRole(*rotated, KeyRole::kNext)) return Auth0Json(201, CertificateAndKid(*next));
  const absl::StatusOr<core::RingView> view = rings.Get(ring);
  if (!view.ok()) return Auth0ErrorOf(view.status(), now);
  if (view->policy.keep_next || !rotated->rotation.record.next.empty()) return NextKeyIsMissing(view->policy);
  // A ring that keeps no next key: the one that signs from now on.
  const KeyView* current = FindByRole(*rotated, KeyRole::kCurrent);
  if (current == nullptr) return Auth0ErrorOf(absl::InternalError("the rotation left no key"), now);
  return Auth0Json(201, CertificateAndKid(*current));
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
