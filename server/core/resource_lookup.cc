#include "server/core/resource_lookup.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"

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

absl::StatusOr<std::vector<keystore::KeyRecord>> FindLiveKeys(keystore::KeyStore& store, const RingName& ring) {
  std::vector<keystore::KeyRecord> live;
  keystore::Page page;
  page.limit = kPageLimit;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::KeyRecord> keys,
                            store.ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kHide, page));
    for (const keystore::KeyRecord& key : keys) {
      if (keystore::IsLive(key)) live.push_back(key);
    }
    if (keys.size() < static_cast<size_t>(page.limit)) return live;
    page.after = absl::StrCat(keys.back().create_revision);
  }
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

}  // namespace signet::core
