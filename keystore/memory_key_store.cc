#include "keystore/memory_key_store.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "keystore/record_json.h"
#include "keystore/store_error.h"

namespace signet::keystore {
namespace {

absl::Time StoredTime(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

// Everything the store holds. A copy is taken for each commit, and becomes the store if the commit succeeds.
struct Contents {
  Revision revision = 0;
  std::map<TenantId, TenantRecord> tenants;
  std::map<std::string, TenantId> host_aliases;
  std::map<std::pair<TenantId, RingId>, RingRecord> rings;
  std::map<KeyUid, KeyRecord> keys;
  std::map<std::pair<std::string, std::string>, RequestRecord> requests;
  std::vector<Event> events;
};

template <typename Map>
Revision RevisionIn(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? 0 : found->second.revision;
}

template <typename Map>
std::optional<typename Map::mapped_type> FindIn(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

// Asks for the revision of what is stored under a record's identity.
struct StoredRevision {
  const Contents& contents;
  Revision operator()(const TenantRecord& tenant) const { return RevisionIn(contents.tenants, tenant.id); }
  Revision operator()(const RingRecord& ring) const { return RevisionIn(contents.rings, {ring.tenant, ring.id}); }
  Revision operator()(const KeyRecord& key) const { return RevisionIn(contents.keys, key.uid); }
  Revision operator()(const RequestRecord& request) const {
    return RevisionIn(contents.requests, {request.scope, request.request_id});
  }
};

// Writes a record whose revision was checked. Records pass through JSON, so that they lose what other stores lose.
struct Put {
  Contents& contents;

  absl::Status operator()(const TenantRecord& tenant) const {
    SIGNET_ASSIGN_OR_RETURN(TenantRecord stored, TenantFromJson(ToJson(tenant)));
    stored.revision = contents.revision;
    std::erase_if(contents.host_aliases, [&](const auto& entry) { return entry.second == tenant.id; });
    if (!tenant.delete_time) {
      const std::set<std::string> host_aliases(tenant.host_aliases.begin(), tenant.host_aliases.end());
      for (const std::string& host_alias : host_aliases) {
        if (!contents.host_aliases.emplace(host_alias, tenant.id).second) return HostAliasTaken(host_alias);
      }
    }
    contents.tenants[tenant.id] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const RingRecord& ring) const {
    SIGNET_ASSIGN_OR_RETURN(RingRecord stored, RingFromJson(ToJson(ring)));
    stored.revision = contents.revision;
    contents.rings[{ring.tenant, ring.id}] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const KeyRecord& key) const {
    SIGNET_ASSIGN_OR_RETURN(KeyRecord stored, KeyFromJson(ToJson(key)));
    stored.revision = contents.revision;
    const auto before = contents.keys.find(key.uid);
    stored.create_revision = before == contents.keys.end() ? contents.revision : before->second.create_revision;
    for (const auto& [uid, other] : contents.keys) {
      if (uid == key.uid || other.tenant != key.tenant) continue;
      if (other.kid == key.kid) return KidTaken(key);
      if (other.ring != key.ring) continue;
      if (other.state == KeyState::kEnabled && key.state == KeyState::kEnabled) return Defect("two enabled keys in a ring");
      if (other.create_revision == stored.create_revision) return Defect("two new keys of a ring in one commit");
    }
    contents.keys[key.uid] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const RequestRecord& request) const {
    RequestRecord stored = request;
    stored.create_time = StoredTime(request.create_time);
    stored.revision = contents.revision;
    contents.requests[{request.scope, request.request_id}] = std::move(stored);
    return absl::OkStatus();
  }
};

absl::Status Write(const Change& change, Contents& contents) {
  for (const Expectation& expectation : change.expectations) {
    const Revision expected = std::visit([](const auto& record) { return record.revision; }, expectation.record);
    if (std::visit(StoredRevision{contents}, expectation.record) != expected) return ConcurrentChange(expectation.record);
  }
  ++contents.revision;
  for (const Record& record : change.puts) {
    const Revision expected = std::visit([](const auto& typed) { return typed.revision; }, record);
    if (std::visit(StoredRevision{contents}, record) != expected) return ConcurrentChange(record);
    SIGNET_RETURN_IF_ERROR(std::visit(Put{contents}, record));
  }
  for (const Event& event : change.events) {
    Event stored = event;
    stored.sequence = static_cast<int64_t>(contents.events.size()) + 1;
    stored.revision = contents.revision;
    stored.time = StoredTime(event.time);
    contents.events.push_back(std::move(stored));
  }
  return absl::OkStatus();
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

  absl::StatusOr<std::vector<Event>> ListEvents(const Page& page) override {
    SIGNET_ASSIGN_OR_RETURN(const int64_t after, ParsePosition(page));
    MutexLock lock(mutex_);
    std::vector<Event> events;
    for (const Event& event : contents_.events) {
      if (event.sequence > after && static_cast<int>(events.size()) < page.limit) events.push_back(event);
    }
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
