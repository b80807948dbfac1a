#include "server/core/key_directory.h"

#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "keystore/lifecycle.h"

namespace signet::core {

namespace {

int64_t MonotonicNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Records read from the store at once.
constexpr int kReadLimit = 1000;

}  // namespace

// Follower keeps the records that snapshots are made from, and knows which tenants have changed since they were last made. Of keys
// it keeps only the published ones: the others are never needed again.
class KeyDirectory::Follower {
 public:
  explicit Follower(const Options& options) : options_(options) {}

  // Takes over all that `store` has beyond what was taken before. After an error, the next call goes on from there.
  absl::Status Follow(keystore::KeyStore& store) {
    while (true) {
      SIGNET_ASSIGN_OR_RETURN(const keystore::Changes changes, store.ReadChanges(revision_, kReadLimit));
      for (const keystore::Record& record : changes.records) {
        std::visit([this](const auto& r) { Take(r); }, record);
      }
      // A store that stood still here would keep this thread for ever.
      if (!changes.records.empty() && changes.revision <= revision_) return Defect("the store's changes do not advance");
      revision_ = changes.revision;
      if (changes.records.empty()) return absl::OkStatus();
    }
  }

  // Makes the snapshots of the tenants that have changed; nullptr for a deleted one. Repeatable until Clear.
  std::map<keystore::TenantId, std::shared_ptr<const TenantSnapshot>> BuildChanged() const {
    std::map<keystore::TenantId, std::shared_ptr<const TenantSnapshot>> snapshots;
    for (const keystore::TenantId& id : changed_) {
      const Tenant& tenant = tenants_.at(id);
      const bool exists = !tenant.record.id.empty() && !tenant.record.delete_time;
      snapshots[id] = exists ? BuildSnapshot(tenant.record, options_.public_url, tenant.rings, tenant.keys) : nullptr;
    }
    return snapshots;
  }

  // Forgets which tenants have changed.
  void Clear() {
    for (const keystore::TenantId& id : changed_) {
      const auto tenant = tenants_.find(id);
      if (tenant->second.record.delete_time && tenant->second.rings.empty() && tenant->second.keys.empty()) tenants_.erase(tenant);
    }
    changed_.clear();
  }

  keystore::Revision revision() const { return revision_; }

 private:
  struct Tenant {
    // Without id until it was read.
    keystore::TenantRecord record;
    std::map<keystore::RingId, keystore::RingRecord> rings;
    std::map<keystore::KeyUid, std::shared_ptr<const PublishedKey>> keys;  // Shared with the snapshots.
  };

  Tenant& Change(const keystore::TenantId& id) {
    changed_.insert(id);
    return tenants_[id];
  }

  void Take(const keystore::TenantRecord& record) { Change(record.id).record = record; }

  void Take(const keystore::RingRecord& record) {
    auto& rings = Change(record.tenant).rings;
    if (record.delete_time) {
      rings.erase(record.id);
    } else {
      rings[record.id] = record;
    }
  }

  void Take(const keystore::KeyRecord& record) {
    auto& keys = Change(record.tenant).keys;
    // A key has one meter for as long as it is published.
    const auto former = keys.find(record.uid);
    const std::shared_ptr<KeyMeter> meter = former == keys.end() ? nullptr : former->second->meter;
    keys.erase(record.uid);
    if (!IsPublished(record)) return;
    absl::StatusOr<PublishedKey> key = ReadPublishedKey(record, options_.instance_id, meter);
    if (key.ok()) {
      keys.emplace(record.uid, std::make_shared<const PublishedKey>(*std::move(key)));
    } else if (options_.logger != nullptr) {
      options_.logger->Log(LogLevel::kError, "a stored key cannot be read and is not used",
                           {{"error", std::string(key.status().message())}});
    }
  }

  void Take(const keystore::CredentialRecord& record) {
    if (options_.credentials != nullptr) options_.credentials->Take(record);
  }
  void Take(const keystore::RevokedToken& record) {
    if (options_.credentials != nullptr) options_.credentials->Take(record);
  }

  // Not delivered by ReadChanges; nothing here depends on them.
  void Take(const keystore::RequestRecord&) {}

  const Options& options_;
  keystore::Revision revision_ = 0;
  std::map<keystore::TenantId, Tenant> tenants_;
  std::set<keystore::TenantId> changed_;
};

KeyDirectory::KeyDirectory(Options options, keystore::KeyStore& store)
    : options_(std::move(options)), store_(store), follower_(std::make_unique<Follower>(options_)) {}

KeyDirectory::~KeyDirectory() = default;

bool KeyDirectory::IsFresh(absl::Duration max_staleness) const {
  const int64_t confirmed_at = confirmed_at_;
  return confirmed_at != kNever && absl::Nanoseconds(MonotonicNanoseconds() - confirmed_at) <= max_staleness;
}

absl::Duration KeyDirectory::age() const {
  const int64_t confirmed_at = confirmed_at_;
  return confirmed_at == kNever ? absl::InfiniteDuration() : absl::Nanoseconds(MonotonicNanoseconds() - confirmed_at);
}

void KeyDirectory::Distrust() { confirmed_at_ = kNever; }

absl::Status KeyDirectory::Refresh() {
  uint64_t own = 0;
  {
    MutexLock lock(refresh_mutex_);
    // One that is under way may have read before the caller's commit: only one that begins from now on will do.
    const uint64_t wanted = begun_ + 1;
    while (refreshing_) refresh_done_.Wait(refresh_mutex_);
    if (succeeded_ >= wanted) return absl::OkStatus();
    refreshing_ = true;
    own = ++begun_;
  }
  const int64_t began_at = MonotonicNanoseconds();
  const absl::StatusOr<std::vector<keystore::TenantId>> changed = ReadAndPublish();
  if (changed.ok()) confirmed_at_ = began_at;
  {
    MutexLock lock(refresh_mutex_);
    refreshing_ = false;
    if (changed.ok()) succeeded_ = own;
  }
  refresh_done_.NotifyAll();
  if (changed.ok() && !changed->empty()) listeners_.Notify(*changed);
  return changed.status();
}

absl::StatusOr<std::vector<keystore::TenantId>> KeyDirectory::ReadAndPublish() {
  // Published only when all is read: a record that was written twice meanwhile comes with its last form alone, so that what has
  // been read up to the middle is no state that the store ever had, such as a ring with two ENABLED keys.
  SIGNET_RETURN_IF_ERROR(follower_->Follow(store_));
  auto snapshots = follower_->BuildChanged();
  std::vector<keystore::TenantId> changed;
  changed.reserve(snapshots.size());
  for (const auto& [id, snapshot] : snapshots) changed.push_back(id);
  // The old ones die here, after the lock is released.
  std::vector<std::shared_ptr<const TenantSnapshot>> replaced;
  replaced.reserve(snapshots.size());
  {
    MutexLock lock(mutex_);
    // First all aliases go and then the new ones come, as one may have moved from tenant to tenant.
    for (const auto& [id, snapshot] : snapshots) {
      const auto old = tenants_.find(id.value());
      if (old == tenants_.end()) continue;
      for (const std::string& alias : old->second->tenant.host_aliases) hosts_.erase(alias);
      replaced.push_back(std::move(old->second));
      tenants_.erase(old);
    }
    for (auto& [id, snapshot] : snapshots) {
      if (snapshot == nullptr) continue;
      for (const std::string& alias : snapshot->tenant.host_aliases) hosts_[alias] = id.value();
      tenants_[id.value()] = std::move(snapshot);
    }
    revision_ = follower_->revision();
  }
  follower_->Clear();
  return changed;
}

std::shared_ptr<const TenantSnapshot> KeyDirectory::FindTenant(const keystore::TenantId& tenant) const {
  MutexLock lock(mutex_);
  const auto found = tenants_.find(tenant.value());
  return found == tenants_.end() ? nullptr : found->second;
}

std::shared_ptr<const TenantSnapshot> KeyDirectory::FindTenantByHost(const std::string& host_alias) const {
  MutexLock lock(mutex_);
  const auto host = hosts_.find(host_alias);
  if (host == hosts_.end()) return nullptr;
  const auto found = tenants_.find(host->second);
  return found == tenants_.end() ? nullptr : found->second;
}

keystore::Revision KeyDirectory::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

}  // namespace signet::core
