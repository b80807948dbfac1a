#include "keystore/memory_key_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/mutex.h"
#include "keystore/memory_contents.h"
#include "keystore/store_error.h"

namespace signet::keystore {
namespace {

template <typename Map>
std::optional<typename Map::mapped_type> FindIn(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

bool LetsThrough(const KeyStore::EventFilter& filter, const Event& event) {
  if (filter.tenant && event.tenant != *filter.tenant) return false;
  if (!filter.resource.empty() && event.resource != filter.resource &&
      !absl::StartsWith(event.resource, absl::StrCat(filter.resource, "/"))) {
    return false;
  }
  if (!filter.action.empty() && event.action != filter.action) return false;
  if (!filter.actor.empty() && event.actor != filter.actor) return false;
  if (!filter.request_id.empty() && event.request_id != filter.request_id) return false;
  if (filter.start_time && event.time < StoredTime(*filter.start_time)) return false;
  return !filter.end_time || event.time < StoredTime(*filter.end_time);
}

class MemoryKeyStore final : public KeyStore {
 public:
  absl::StatusOr<std::string> InstanceId() override { return std::string("0123456789abcdef0123456789abcdef"); }

  absl::StatusOr<std::optional<TenantRecord>> GetTenant(const TenantId& id) override {
    MutexLock lock(mutex_);
    return FindIn(contents_.tenants, id);
  }

  absl::StatusOr<std::optional<TenantRecord>> GetTenantByHostAlias(const std::string& host_alias) override {
    MutexLock lock(mutex_);
    const auto found = contents_.host_aliases.find(host_alias);
    if (found == contents_.host_aliases.end()) return std::nullopt;
    return FindIn(contents_.tenants, found->second);
  }

  absl::StatusOr<std::optional<RingRecord>> GetRing(const TenantId& tenant, const RingId& id) override {
    MutexLock lock(mutex_);
    return FindIn(contents_.rings, {tenant, id});
  }

  absl::StatusOr<std::optional<KeyRecord>> GetKey(const TenantId& tenant, const Kid& kid) override {
    MutexLock lock(mutex_);
    for (const auto& [uid, key] : contents_.keys) {
      if (key.tenant == tenant && key.kid == kid) return key;
    }
    return std::nullopt;
  }

  absl::StatusOr<std::optional<KeyRecord>> GetKeyByUid(const KeyUid& uid) override {
    MutexLock lock(mutex_);
    return FindIn(contents_.keys, uid);
  }

  absl::StatusOr<std::optional<WrappedKeyRecord>> GetWrappedKey(const KeyUid& key) override {
    MutexLock lock(mutex_);
    return FindIn(contents_.wrapped_keys, key);
  }

  absl::StatusOr<std::vector<WrappedKeyRecord>> ListWrappedKeys(const WrappingKeyUid& wrapping_key, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    MutexLock lock(mutex_);
    std::vector<WrappedKeyRecord> list;
    for (const auto& [key, wrapped] : contents_.wrapped_keys) {
      if (wrapped.wrapping_key != wrapping_key || key.value() <= page.after) continue;
      if (static_cast<int>(list.size()) < page.limit) list.push_back(wrapped);
    }
    return list;
  }

  absl::StatusOr<std::map<WrappingKeyUid, int64_t>> CountWrappedKeys() override {
    MutexLock lock(mutex_);
    std::map<WrappingKeyUid, int64_t> counts;
    for (const auto& [key, wrapped] : contents_.wrapped_keys) ++counts[wrapped.wrapping_key];
    return counts;
  }

  absl::StatusOr<std::vector<WrappingKeyRecord>> ListWrappingKeys() override {
    MutexLock lock(mutex_);
    std::vector<WrappingKeyRecord> list;
    for (const auto& [uid, wrapping_key] : contents_.wrapping_keys) list.push_back(wrapping_key);
    return list;
  }

  absl::StatusOr<std::optional<CredentialRecord>> GetCredential(const TenantId& tenant, const CredentialId& id) override {
    MutexLock lock(mutex_);
    return FindIn(contents_.credentials, {tenant, id});
  }

  absl::StatusOr<std::optional<RequestRecord>> GetRequest(const std::string& scope, const std::string& request_id) override {
    MutexLock lock(mutex_);
    return FindIn(contents_.requests, {scope, request_id});
  }

  absl::StatusOr<std::vector<TenantRecord>> ListTenants(const TenantFilter& filter, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    MutexLock lock(mutex_);
    std::vector<TenantRecord> tenants;
    for (const auto& [id, tenant] : contents_.tenants) {
      if (id.value() <= page.after || tenant.delete_time) continue;
      if (filter.parent && tenant.parent != filter.parent) continue;
      if (filter.kind && tenant.kind != *filter.kind) continue;
      if (static_cast<int>(tenants.size()) < page.limit) tenants.push_back(tenant);
    }
    return tenants;
  }

  absl::StatusOr<std::vector<RingRecord>> ListRings(const TenantId& tenant, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    MutexLock lock(mutex_);
    std::vector<RingRecord> rings;
    for (const auto& [name, ring] : contents_.rings) {
      if (ring.tenant != tenant || ring.id.value() <= page.after || ring.delete_time) continue;
      if (static_cast<int>(rings.size()) < page.limit) rings.push_back(ring);
    }
    return rings;
  }

  absl::StatusOr<std::vector<KeyRecord>> ListKeys(const TenantId& tenant, const RingId& ring, Tombstones tombstones,
                                                  const Page& page) override {
    SIGNET_ASSIGN_OR_RETURN(const int64_t after, ParsePosition(page));
    MutexLock lock(mutex_);
    std::map<Revision, KeyRecord> by_age;
    for (const auto& [uid, key] : contents_.keys) {
      if (key.tenant != tenant || key.ring != ring || key.create_revision <= after) continue;
      if (key.state == KeyState::kDestroyed && tombstones == Tombstones::kHide) continue;
      by_age.emplace(key.create_revision, key);
    }
    std::vector<KeyRecord> keys;
    for (const auto& [age, key] : by_age) {
      if (static_cast<int>(keys.size()) < page.limit) keys.push_back(key);
    }
    return keys;
  }

  absl::StatusOr<std::vector<CredentialRecord>> ListCredentials(const TenantId& tenant, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    MutexLock lock(mutex_);
    std::vector<CredentialRecord> credentials;
    for (const auto& [name, credential] : contents_.credentials) {
      if (credential.tenant != tenant || credential.id.value() <= page.after || credential.delete_time) continue;
      if (static_cast<int>(credentials.size()) < page.limit) credentials.push_back(credential);
    }
    return credentials;
  }

  absl::StatusOr<std::vector<Event>> ListEvents(const EventFilter& filter, const Page& page) override {
    SIGNET_ASSIGN_OR_RETURN(const int64_t after, ParsePosition(page));
    MutexLock lock(mutex_);
    std::vector<Event> events = contents_.events;
    const bool newest_first = filter.order == EventFilter::Order::kNewestFirst;
    if (newest_first) std::ranges::reverse(events);
    std::erase_if(events, [&](const Event& event) {
      if (!page.after.empty() && (newest_first ? event.sequence >= after : event.sequence <= after)) return true;
      return !LetsThrough(filter, event);
    });
    if (events.size() > static_cast<size_t>(page.limit)) events.resize(page.limit);
    return events;
  }

  absl::StatusOr<Revision> Commit(const Change& change) override {
    SIGNET_RETURN_IF_ERROR(CheckChange(change));
    MutexLock lock(mutex_);
    Contents next = contents_;
    SIGNET_RETURN_IF_ERROR(Write(change, next));
    contents_ = std::move(next);
    return contents_.revision;
  }

  absl::StatusOr<std::vector<KeyUid>> RecordUsage(const std::vector<UsageUpdate>& updates) override {
    MutexLock lock(mutex_);
    std::vector<KeyUid> refused;
    for (const UsageUpdate& update : updates) {
      const bool accepted = AddUsage(update, contents_);
      if (!accepted && std::ranges::find(refused, update.uid) == refused.end()) refused.push_back(update.uid);
    }
    return refused;
  }

  absl::Status RecordCredentialUse(const std::vector<CredentialUse>& uses) override {
    MutexLock lock(mutex_);
    for (const CredentialUse& use : uses) AddCredentialUse(use, contents_);
    return absl::OkStatus();
  }

  absl::StatusOr<bool> UseOnce(const std::string& scope, const std::string& id, absl::Time until, absl::Time now) override {
    MutexLock lock(mutex_);
    std::erase_if(contents_.used_ids, [&](const auto& entry) { return entry.second <= StoredTime(now); });
    return contents_.used_ids.emplace(std::pair(scope, id), StoredTime(until)).second;
  }

  absl::StatusOr<bool> HoldLease(const Lease& lease, absl::Time now) override {
    MutexLock lock(mutex_);
    const absl::Time present = StoredTime(now);
    const auto found = contents_.leases.find(lease.name);
    if (found != contents_.leases.end()) {
      const Lease& held = found->second;
      const bool has_ended = held.until <= present || held.until > present + kLongestLease;
      if (held.holder != lease.holder && !has_ended) return false;
    }
    contents_.leases[lease.name] = {lease.name, lease.holder, StoredTime(lease.until)};
    return true;
  }

  absl::StatusOr<Changes> ReadChanges(Revision revision, int limit) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(Page{.after = "", .limit = limit}));
    MutexLock lock(mutex_);
    // Sorted by revision, then kind, which is the variant's order.
    std::multimap<std::pair<Revision, size_t>, Record> written;
    const auto collect = [&](const auto& records) {
      for (const auto& [id, record] : records) {
        const Record any = record;
        if (record.revision > revision) written.emplace(std::pair(record.revision, any.index()), any);
      }
    };
    collect(contents_.tenants);
    collect(contents_.rings);
    collect(contents_.keys);
    collect(contents_.credentials);
    collect(contents_.revoked_tokens);
    Changes changes;
    for (const auto& [position, record] : written) {
      if (static_cast<int>(changes.records.size()) >= limit && position.first != changes.revision) return changes;
      changes.records.push_back(record);
      changes.revision = position.first;
    }
    changes.revision = contents_.revision;
    return changes;
  }

 private:
  Mutex mutex_;
  Contents contents_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<KeyStore> CreateMemoryKeyStore() { return std::make_unique<MemoryKeyStore>(); }

}  // namespace signet::keystore
