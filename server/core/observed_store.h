#ifndef SIGNET_SERVER_CORE_OBSERVED_STORE_H_
#define SIGNET_SERVER_CORE_OBSERVED_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::core {

// ObservedStore is a store whose ReadChanges a test can watch, delay and fail.
class ObservedStore : public keystore::KeyStore {
 public:
  explicit ObservedStore(keystore::KeyStore& store) : store_(store) {}

  // Called after each read and before its result is returned; an error is returned instead.
  std::function<absl::Status()> after_read = [] { return absl::OkStatus(); };
  // The limit of each read, instead of the caller's; 0: the caller's.
  int limit = 0;

  absl::StatusOr<keystore::Changes> ReadChanges(keystore::Revision revision, int caller_limit) override {
    auto changes = store_.ReadChanges(revision, limit > 0 ? limit : caller_limit);
    SIGNET_RETURN_IF_ERROR(after_read());
    return changes;
  }

  absl::StatusOr<std::string> InstanceId() override { return store_.InstanceId(); }
  absl::StatusOr<std::optional<keystore::TenantRecord>> GetTenant(const keystore::TenantId& id) override {
    return store_.GetTenant(id);
  }
  absl::StatusOr<std::optional<keystore::TenantRecord>> GetTenantByHostAlias(const std::string& alias) override {
    return store_.GetTenantByHostAlias(alias);
  }
  absl::StatusOr<std::optional<keystore::RingRecord>> GetRing(const keystore::TenantId& tenant,
                                                              const keystore::RingId& id) override {
    return store_.GetRing(tenant, id);
  }
  absl::StatusOr<std::optional<keystore::KeyRecord>> GetKey(const keystore::TenantId& tenant, const keystore::Kid& kid) override {
    return store_.GetKey(tenant, kid);
  }
  absl::StatusOr<std::optional<keystore::KeyRecord>> GetKeyByUid(const keystore::KeyUid& uid) override {
    return store_.GetKeyByUid(uid);
  }
  absl::StatusOr<std::optional<keystore::WrappedKeyRecord>> GetWrappedKey(const keystore::KeyUid& key) override {
    return store_.GetWrappedKey(key);
  }
  absl::StatusOr<std::vector<keystore::WrappedKeyRecord>> ListWrappedKeys(const keystore::WrappingKeyUid& wrapping_key,
                                                                          const keystore::Page& page) override {
    return store_.ListWrappedKeys(wrapping_key, page);
  }
  absl::StatusOr<std::map<keystore::WrappingKeyUid, int64_t>> CountWrappedKeys() override { return store_.CountWrappedKeys(); }
  absl::StatusOr<std::vector<keystore::WrappingKeyRecord>> ListWrappingKeys() override { return store_.ListWrappingKeys(); }
  absl::StatusOr<std::optional<keystore::CredentialRecord>> GetCredential(const keystore::TenantId& tenant,
                                                                          const keystore::CredentialId& id) override {
    return store_.GetCredential(tenant, id);
  }
  absl::StatusOr<std::optional<keystore::RequestRecord>> GetRequest(const std::string& scope, const std::string& id) override {
    return store_.GetRequest(scope, id);
  }
  absl::StatusOr<std::vector<keystore::TenantRecord>> ListTenants(const TenantFilter& filter, const keystore::Page& page) override {
    return store_.ListTenants(filter, page);
  }
  absl::StatusOr<std::vector<keystore::RingRecord>> ListRings(const keystore::TenantId& tenant,
                                                              const keystore::Page& page) override {
    return store_.ListRings(tenant, page);
  }
  absl::StatusOr<std::vector<keystore::KeyRecord>> ListKeys(const keystore::TenantId& tenant, const keystore::RingId& ring,
                                                            Tombstones tombstones, const keystore::Page& page) override {
    return store_.ListKeys(tenant, ring, tombstones, page);
  }
  absl::StatusOr<std::vector<keystore::CredentialRecord>> ListCredentials(const keystore::TenantId& tenant,
                                                                          const keystore::Page& page) override {
    return store_.ListCredentials(tenant, page);
  }
  absl::StatusOr<std::vector<keystore::Event>> ListEvents(const EventFilter& filter, const keystore::Page& page) override {
    return store_.ListEvents(filter, page);
  }
  absl::StatusOr<keystore::Revision> Commit(const keystore::Change& change) override { return store_.Commit(change); }
  absl::StatusOr<std::vector<keystore::KeyUid>> RecordUsage(const std::vector<keystore::UsageUpdate>& updates) override {
    return store_.RecordUsage(updates);
  }
  absl::Status RecordCredentialUse(const std::vector<keystore::CredentialUse>& uses) override {
    return store_.RecordCredentialUse(uses);
  }
  absl::StatusOr<bool> UseOnce(const std::string& scope, const std::string& id, absl::Time until, absl::Time now) override {
    return store_.UseOnce(scope, id, until, now);
  }
  absl::StatusOr<bool> HoldLease(const keystore::Lease& lease, absl::Time now) override { return store_.HoldLease(lease, now); }

 private:
  keystore::KeyStore& store_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_OBSERVED_STORE_H_
