#ifndef SIGNET_TESTS_INTEGRATION_LOSSY_KEY_STORE_H_
#define SIGNET_TESTS_INTEGRATION_LOSSY_KEY_STORE_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keystore/key_store.h"

namespace signet::testing {

// LossyKeyStore passes calls on to another KeyStore, and loses the answers of a share of the commits that went through: their
// callers get UNAVAILABLE, as from a connection that broke. Thread-safe.
class LossyKeyStore : public keystore::KeyStore {
 public:
  explicit LossyKeyStore(std::unique_ptr<keystore::KeyStore> store) : store_(std::move(store)) {}

  // From now on, about one answer in `one_in` is lost; 0: none is.
  void LoseOneIn(uint64_t one_in) { one_in_ = one_in; }
  // How many were.
  int lost() const { return lost_; }

  absl::StatusOr<std::string> InstanceId() override { return store_->InstanceId(); }
  absl::StatusOr<std::optional<keystore::TenantRecord>> GetTenant(const keystore::TenantId& id) override {
    return store_->GetTenant(id);
  }
  absl::StatusOr<std::optional<keystore::TenantRecord>> GetTenantByHostAlias(const std::string& alias) override {
    return store_->GetTenantByHostAlias(alias);
  }
  absl::StatusOr<std::optional<keystore::RingRecord>> GetRing(const keystore::TenantId& tenant,
                                                              const keystore::RingId& id) override {
    return store_->GetRing(tenant, id);
  }
  absl::StatusOr<std::optional<keystore::KeyRecord>> GetKey(const keystore::TenantId& tenant, const keystore::Kid& kid) override {
    return store_->GetKey(tenant, kid);
  }
  absl::StatusOr<std::optional<keystore::KeyRecord>> GetKeyByUid(const keystore::KeyUid& uid) override {
    return store_->GetKeyByUid(uid);
  }
  absl::StatusOr<std::optional<keystore::WrappedKeyRecord>> GetWrappedKey(const keystore::KeyUid& key) override {
    return store_->GetWrappedKey(key);
  }
  absl::StatusOr<std::vector<keystore::WrappedKeyRecord>> ListWrappedKeys(const keystore::WrappingKeyUid& wrapping_key,
                                                                          const keystore::Page& page) override {
    return store_->ListWrappedKeys(wrapping_key, page);
  }
  absl::StatusOr<std::map<keystore::WrappingKeyUid, int64_t>> CountWrappedKeys() override { return store_->CountWrappedKeys(); }
  absl::StatusOr<std::vector<keystore::WrappingKeyRecord>> ListWrappingKeys() override { return store_->ListWrappingKeys(); }
  absl::StatusOr<std::optional<keystore::CredentialRecord>> GetCredential(const keystore::TenantId& tenant,
                                                                          const keystore::CredentialId& id) override {
    return store_->GetCredential(tenant, id);
  }
  absl::StatusOr<std::optional<keystore::RequestRecord>> GetRequest(const std::string& scope, const std::string& id) override {
    return store_->GetRequest(scope, id);
  }
  absl::StatusOr<std::vector<keystore::TenantRecord>> ListTenants(const TenantFilter& filter, const keystore::Page& page) override {
    return store_->ListTenants(filter, page);
  }
  absl::StatusOr<std::vector<keystore::RingRecord>> ListRings(const keystore::TenantId& tenant,
                                                              const keystore::Page& page) override {
    return store_->ListRings(tenant, page);
  }
  absl::StatusOr<std::vector<keystore::KeyRecord>> ListKeys(const keystore::TenantId& tenant, const keystore::RingId& ring,
                                                            Tombstones tombstones, const keystore::Page& page) override {
    return store_->ListKeys(tenant, ring, tombstones, page);
  }
  absl::StatusOr<std::vector<keystore::CredentialRecord>> ListCredentials(const keystore::TenantId& tenant,
                                                                          const keystore::Page& page) override {
    return store_->ListCredentials(tenant, page);
  }
  absl::StatusOr<std::vector<keystore::Event>> ListEvents(const EventFilter& filter, const keystore::Page& page) override {
    return store_->ListEvents(filter, page);
  }
  absl::StatusOr<keystore::Revision> Commit(const keystore::Change& change) override;
  absl::StatusOr<std::vector<keystore::KeyUid>> RecordUsage(const std::vector<keystore::UsageUpdate>& updates) override {
    return store_->RecordUsage(updates);
  }
  absl::Status RecordCredentialUse(const std::vector<keystore::CredentialUse>& uses) override {
    return store_->RecordCredentialUse(uses);
  }
  absl::StatusOr<bool> UseOnce(const std::string& scope, const std::string& id, absl::Time until, absl::Time now) override {
    return store_->UseOnce(scope, id, until, now);
  }
  absl::StatusOr<bool> HoldLease(const keystore::Lease& lease, absl::Time now) override { return store_->HoldLease(lease, now); }
  absl::StatusOr<keystore::Changes> ReadChanges(keystore::Revision revision, int limit) override {
    return store_->ReadChanges(revision, limit);
  }

 private:
  const std::unique_ptr<keystore::KeyStore> store_;
  std::atomic<uint64_t> one_in_ = 0;
  std::atomic<uint64_t> commits_ = 0;
  std::atomic<int> lost_ = 0;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_LOSSY_KEY_STORE_H_
