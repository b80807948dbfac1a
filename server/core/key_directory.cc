#include "server/core/key_directory.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "keystore/lifecycle.h"
#include "keystore/rotation_plan.h"
#include "server/core/published_keys.h"

namespace signet::core {

namespace {

int64_t MonotonicNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Records read from the store at once.
constexpr int kReadLimit = 1000;

}  // namespace

// Follower reads what is new in the store, and makes it into snapshots. Between two refreshes it keeps nothing but the parts of
// tenants that have no snapshot. Of keys it takes only the published ones: the others are never needed again.
class KeyDirectory::Follower {
 public:
  // The snapshot of a tenant, or nullptr.
  using Snapshot = std::shared_ptr<const TenantSnapshot>;
  using Snapshots = std::vector<std::pair<keystore::TenantId, Snapshot>>;

  explicit Follower(const KeyDirectory& directory)
      : options_(directory.options_),
        directory_(directory),
        instance_id_(std::make_shared<const std::string>(options_.instance_id)) {}

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

  // Makes what was taken since the last call into the snapshots of the tenants that have changed; nullptr for a deleted one.
  Snapshots BuildChanged() {
    const std::vector<keystore::TenantId> changed = SortByTenant();
    Snapshots snapshots;
    snapshots.reserve(changed.size());
    for (const keystore::TenantId& id : changed) snapshots.emplace_back(id, Build(id));
    // With their memory, which clear would keep.
    std::vector<TenantChange>().swap(tenants_);
    std::vector<RingChange>().swap(rings_);
    std::vector<KeyChange>().swap(keys_);
    return snapshots;
  }

  keystore::Revision revision() const { return revision_; }

 private:
  // What was read, in the order in which it was. In few large pieces: after the first refresh, which reads all there is, memory in
  // small pieces between what stays could not be given back.
  struct TenantChange {
    keystore::TenantId tenant;
    keystore::TenantRecord record;
  };
  struct RingChange {
    keystore::TenantId tenant;
    keystore::RingId ring;
    // nullopt for a deleted one.
    std::optional<keystore::RingTerms> terms;
  };
  struct KeyChange {
    keystore::TenantId tenant;
    keystore::KeyUid uid;
    // nullptr for one that is not published.
    PublishedKeys::Key key;
  };

  struct TenantOf {
    template <typename Change>
    const keystore::TenantId& operator()(const Change& change) const {
      return change.tenant;
    }
  };
  template <typename Change>
  static std::span<Change> ChangesOf(const keystore::TenantId& id, std::vector<Change>& changes) {
    const auto first = std::ranges::lower_bound(changes, id, {}, TenantOf{});
    return {first, std::ranges::upper_bound(first, changes.end(), id, {}, TenantOf{})};
  }

  // Sorts all changes by tenant, those of one in their order, and returns the tenants.
  std::vector<keystore::TenantId> SortByTenant() {
    std::vector<keystore::TenantId> tenants;
    tenants.reserve(tenants_.size());
    const auto sort = [&tenants](auto& changes) {
      std::ranges::stable_sort(changes, {}, TenantOf{});
      for (const auto& change : changes) {
        if (tenants.empty() || tenants.back() != change.tenant) tenants.push_back(change.tenant);
      }
    };
    sort(tenants_);
    sort(rings_);
    sort(keys_);
    std::ranges::sort(tenants);
    tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
    return tenants;
  }

  Snapshot Build(const keystore::TenantId& id) {
    TenantParts parts = TakeParts(id);
    for (TenantChange& change : ChangesOf(id, tenants_)) parts.tenant = std::move(change.record);
    for (RingChange& change : ChangesOf(id, rings_)) {
      parts.rings.erase(change.ring);
      if (change.terms) parts.rings.emplace(change.ring, *change.terms);
    }
    PublishedKeys::Changes keys;
    for (KeyChange& change : ChangesOf(id, keys_)) keys[change.uid] = std::move(change.key);
    parts.keys.Apply(std::move(keys));
    const bool exists = !parts.tenant.id.empty() && !parts.tenant.delete_time;
    if (exists) return BuildSnapshot(std::move(parts), options_.public_url);
    if (!parts.rings.empty() || !parts.keys.empty()) without_snapshot_[id] = std::move(parts);
    return nullptr;
  }

  // The parts of a tenant before its changes; empty for a new one.
  TenantParts TakeParts(const keystore::TenantId& id) {
    if (const Snapshot snapshot = directory_.FindTenant(id)) return PartsOf(*snapshot);
    auto node = without_snapshot_.extract(id);
    return node.empty() ? TenantParts() : std::move(node.mapped());
  }

  void Take(const keystore::TenantRecord& record) { tenants_.push_back({record.id, record}); }

  void Take(const keystore::RingRecord& record) {
    rings_.push_back({record.tenant, record.id, std::nullopt});
    if (!record.delete_time) rings_.back().terms = keystore::TermsOf(record);
  }

  void Take(const keystore::KeyRecord& record) {
    keys_.push_back({record.tenant, record.uid, nullptr});
    if (!IsPublished(record)) return;
    absl::StatusOr<PublishedKey> key = ReadPublishedKey(record, instance_id_, FindMeter(record));
    if (key.ok()) {
      keys_.back().key = std::make_shared<const PublishedKey>(*std::move(key));
    } else if (options_.logger != nullptr) {
      options_.logger->Log(LogLevel::kError, "a stored key cannot be read and is not used",
                           {{"error", std::string(key.status().message())}});
    }
  }

  // A key has one meter for as long as it is published. nullptr if it has none yet.
  std::shared_ptr<KeyMeter> FindMeter(const keystore::KeyRecord& record) const {
    const Snapshot snapshot = directory_.FindTenant(record.tenant);
    PublishedKeys::Key former = snapshot == nullptr ? nullptr : snapshot->published.FindByUid(record.uid);
    const auto parts = without_snapshot_.find(record.tenant);
    if (parts != without_snapshot_.end()) former = parts->second.keys.FindByUid(record.uid);
    return former == nullptr ? nullptr : former->meter;
  }

  void Take(const keystore::CredentialRecord& record) {
    if (options_.credentials != nullptr) options_.credentials->Take(record);
  }
  void Take(const keystore::RevokedToken& record) {
    if (options_.credentials != nullptr) options_.credentials->Take(record);
  }

  // Not delivered by ReadChanges; nothing here depends on them.
  void Take(const keystore::RequestRecord&) {}
  void Take(const keystore::WrappedKeyRecord&) {}
  void Take(const keystore::WrappingKeyRecord&) {}

  const Options& options_;
  const KeyDirectory& directory_;
  const std::shared_ptr<const std::string> instance_id_;  // Shared with the keys.
  keystore::Revision revision_ = 0;
  std::vector<TenantChange> tenants_;
  std::vector<RingChange> rings_;
  std::vector<KeyChange> keys_;
  // Tenants that are deleted, or were not read, but have rings or keys.
  std::map<keystore::TenantId, TenantParts> without_snapshot_;
};

// A JWKS, and whose it is.
struct KeyDirectory::RememberedJwks {
  std::shared_ptr<const TenantSnapshot> tenant;  // Shared with the directory, until it has a newer one.
  Jwks jwks;
};

KeyDirectory::KeyDirectory(Options options, keystore::KeyStore& store)
    : options_(std::move(options)), store_(store), follower_(std::make_unique<Follower>(*this)) {}

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
  Follower::Snapshots snapshots = follower_->BuildChanged();
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

std::shared_ptr<const Jwks> KeyDirectory::FindJwks(const std::shared_ptr<const TenantSnapshot>& tenant) const {
  const std::string& id = tenant->tenant.id.value();
  std::shared_ptr<const RememberedJwks> remembered = jwks_.Find(id);
  if (remembered == nullptr || remembered->tenant != tenant) {
    remembered = std::make_shared<const RememberedJwks>(
        RememberedJwks{tenant, BuildJwks(tenant->published, tenant->tenant.custom_signing_keys)});
    jwks_.Insert(id, remembered);
  }
  return {remembered, &remembered->jwks};
}

keystore::Revision KeyDirectory::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

}  // namespace signet::core
