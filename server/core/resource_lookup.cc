#include "server/core/resource_lookup.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"

namespace signet::core {
namespace {

constexpr int kPageLimit = 1000;

absl::Status NotFound(absl::string_view reason, absl::string_view kind, const std::string& name) {
  return Error(absl::StatusCode::kNotFound, reason, absl::StrCat("there is no ", name), {{std::string(kind), name}});
}

}  // namespace

absl::StatusOr<keystore::TenantRecord> FindTenant(keystore::KeyStore& store, const keystore::TenantId& id) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::TenantRecord> tenant, store.GetTenant(id));
  if (!tenant.has_value() || tenant->delete_time.has_value()) {
    return NotFound(reason::kTenantNotFound, "tenant", FormatTenantName(id));
  }
  return *std::move(tenant);
}

absl::StatusOr<keystore::RingRecord> FindRing(keystore::KeyStore& store, const RingName& name) {
  SIGNET_RETURN_IF_ERROR(FindTenant(store, name.tenant).status());
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::RingRecord> ring, store.GetRing(name.tenant, name.ring));
  if (!ring.has_value() || ring->delete_time.has_value()) {
    return NotFound(reason::kKeyRingNotFound, "ring", FormatRingName(name));
  }
  return *std::move(ring);
}

absl::StatusOr<KeyInRing> FindKey(keystore::KeyStore& store, const KeyName& name) {
  SIGNET_ASSIGN_OR_RETURN(keystore::RingRecord ring, FindRing(store, name.ring));
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::KeyRecord> key, store.GetKey(name.ring.tenant, name.kid));
  if (!key.has_value() || key->ring != name.ring.ring) return NotFound(reason::kKeyNotFound, "key", FormatKeyName(name));
  return KeyInRing{std::move(ring), *std::move(key)};
}

absl::StatusOr<std::vector<keystore::KeyRecord>> FindKeys(keystore::KeyStore& store, const RingName& ring) {
  std::vector<keystore::KeyRecord> all;
  keystore::Page page;
  page.limit = kPageLimit;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(std::vector<keystore::KeyRecord> keys,
                            store.ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kHide, page));
    const bool is_last = keys.size() < static_cast<size_t>(page.limit);
    if (!is_last) page.after = absl::StrCat(keys.back().create_revision);
    std::move(keys.begin(), keys.end(), std::back_inserter(all));
    if (is_last) return all;
  }
}

absl::StatusOr<std::vector<keystore::KeyRecord>> FindLiveKeys(keystore::KeyStore& store, const RingName& ring) {
  SIGNET_ASSIGN_OR_RETURN(std::vector<keystore::KeyRecord> keys, FindKeys(store, ring));
  std::erase_if(keys, [](const keystore::KeyRecord& key) { return !keystore::IsLive(key); });
  return keys;
}

// The ring first: keys that are newer than it only make its commit fail.
absl::StatusOr<RingState> ReadRingState(keystore::KeyStore& store, const RingName& name) {
  SIGNET_ASSIGN_OR_RETURN(keystore::RingRecord ring, FindRing(store, name));
  SIGNET_ASSIGN_OR_RETURN(std::vector<keystore::KeyRecord> keys, FindKeys(store, name));
  return RingState{std::move(ring), std::move(keys)};
}

absl::StatusOr<keystore::KeyRecord> RememberedKey(keystore::KeyStore& store, const std::string& json) {
  SIGNET_ASSIGN_OR_RETURN(keystore::KeyRecord key, keystore::KeyFromJson(json));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::KeyRecord> stored, store.GetKeyByUid(key.uid));
  if (stored.has_value()) key.usage = stored->usage;
  return key;
}

absl::StatusOr<bool> HoldsKeys(keystore::KeyStore& store, const RingName& ring) {
  keystore::Page one;
  one.limit = 1;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::KeyRecord> keys,
                          store.ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kHide, one));
  return !keys.empty();
}

absl::StatusOr<hsm::Algorithm> StoredAlgorithm(const std::string& name) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(name);
  if (algorithm.has_value()) return *algorithm;
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt, "the store names an algorithm that this release does not know",
               {{"algorithm", name}});
}

absl::Status CheckHasPublicKey(const keystore::KeyRecord& key) {
  switch (key.state) {
    case keystore::KeyState::kPendingGeneration:
    case keystore::KeyState::kGenerationFailed:
      return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotGenerated, "the key has not been generated");
    case keystore::KeyState::kDestroyed:
      return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyDestroyed, "the key is destroyed");
    case keystore::KeyState::kDisabled:
    case keystore::KeyState::kEnabled:
    case keystore::KeyState::kRevoked:
      break;
  }
  return absl::OkStatus();
}

absl::StatusOr<hsm::PublicKey> StoredPublicKey(const keystore::KeyRecord& key) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(key.algorithm));
  absl::StatusOr<hsm::PublicKey> public_key = hsm::PublicKey::FromSpki(algorithm, key.public_key_der);
  if (public_key.ok()) return public_key;
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
               absl::StrCat("the stored public key of ", FormatKeyName({{key.tenant, key.ring}, key.kid}), " cannot be read"));
}

}  // namespace signet::core
