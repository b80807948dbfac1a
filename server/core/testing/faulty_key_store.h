#ifndef SIGNET_SERVER_CORE_TESTING_FAULTY_KEY_STORE_H_
#define SIGNET_SERVER_CORE_TESTING_FAULTY_KEY_STORE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/key_store.h"
#include "server/core/testing/crash.h"

namespace signet::core {

// FaultyKeyStore passes calls on to another KeyStore, unless it was told to fail or its process has crashed.
class FaultyKeyStore : public keystore::KeyStore {
 public:
  FaultyKeyStore(keystore::KeyStore& store, Crash& crash) : store_(store), crash_(crash) {}

  // What these calls return instead of doing anything, unless it is OK.
  absl::Status commit_error;
  absl::Status read_changes_error;
  // RecordUsage, which a thread of its own calls, fails.
  std::atomic<bool> refuses_usage = false;
  // Runs in each RecordUsage, as one that hangs. To be set before there is such a thread.
  std::function<void()> before_usage;
  // Runs before each commit: what others do between a caller's reading and its writing.
  std::function<void()> before_commit;

  // Not part of the simulation: it is read before there is a process.
  absl::StatusOr<std::string> InstanceId() override { return store_.InstanceId(); }

  absl::StatusOr<std::optional<keystore::TenantRecord>> GetTenant(const keystore::TenantId& id) override {
    return crash_.Through([&] { return store_.GetTenant(id); });
  }
  absl::StatusOr<std::optional<keystore::TenantRecord>> GetTenantByHostAlias(const std::string& host_alias) override {
    return crash_.Through([&] { return store_.GetTenantByHostAlias(host_alias); });
  }
  absl::StatusOr<std::optional<keystore::RingRecord>> GetRing(const keystore::TenantId& tenant,
                                                              const keystore::RingId& id) override {
    return crash_.Through([&] { return store_.GetRing(tenant, id); });
  }
  absl::StatusOr<std::optional<keystore::KeyRecord>> GetKey(const keystore::TenantId& tenant, const keystore::Kid& kid) override {
    return crash_.Through([&] { return store_.GetKey(tenant, kid); });
  }
  absl::StatusOr<std::optional<keystore::KeyRecord>> GetKeyByUid(const keystore::KeyUid& uid) override {
    return crash_.Through([&] { return store_.GetKeyByUid(uid); });
  }
  absl::StatusOr<std::optional<keystore::WrappedKeyRecord>> GetWrappedKey(const keystore::KeyUid& key) override {
    return crash_.Through([&] { return store_.GetWrappedKey(key); });
  }
  absl::StatusOr<std::vector<keystore::WrappedKeyRecord>> ListWrappedKeys(const keystore::WrappingKeyUid& wrapping_key,
                                                                          const keystore::Page& page) override {
    return crash_.Through([&] { return store_.ListWrappedKeys(wrapping_key, page); });
  }
  absl::StatusOr<std::map<keystore::WrappingKeyUid, int64_t>> CountWrappedKeys() override {
    return crash_.Through([&] { return store_.CountWrappedKeys(); });
  }
  absl::StatusOr<std::vector<keystore::WrappingKeyRecord>> ListWrappingKeys() override {
    return crash_.Through([&] { return store_.ListWrappingKeys(); });
  }
  absl::StatusOr<std::optional<keystore::CredentialRecord>> GetCredential(const keystore::TenantId& tenant,
                                                                          const keystore::CredentialId& id) override {
    return crash_.Through([&] { return store_.GetCredential(tenant, id); });
  }
  absl::StatusOr<std::optional<keystore::RequestRecord>> GetRequest(const std::string& scope,
                                                                    const std::string& request_id) override {
    return crash_.Through([&] { return store_.GetRequest(scope, request_id); });
  }
  absl::StatusOr<std::vector<keystore::TenantRecord>> ListTenants(const TenantFilter& filter, const keystore::Page& page) override {
    return crash_.Through([&] { return store_.ListTenants(filter, page); });
  }
  absl::StatusOr<std::vector<keystore::RingRecord>> ListRings(const keystore::TenantId& tenant,
                                                              const keystore::Page& page) override {
    return crash_.Through([&] { return store_.ListRings(tenant, page); });
  }
  absl::StatusOr<std::vector<keystore::KeyRecord>> ListKeys(const keystore::TenantId& tenant, const keystore::RingId& ring,
                                                            Tombstones tombstones, const keystore::Page& page) override {
    return crash_.Through([&] { return store_.ListKeys(tenant, ring, tombstones, page); });
  }
  absl::StatusOr<std::vector<keystore::CredentialRecord>> ListCredentials(const keystore::TenantId& tenant,
                                                                          const keystore::Page& page) override {
    return crash_.Through([&] { return store_.ListCredentials(tenant, page); });
  }
  absl::StatusOr<std::vector<keystore::Event>> ListEvents(const EventFilter& filter, const keystore::Page& page) override {
    return crash_.Through([&] { return store_.ListEvents(filter, page); });
  }
  absl::StatusOr<keystore::Revision> Commit(const keystore::Change& change) override {
    // A copy, so that it may replace itself.
    if (const std::function<void()> act = before_commit) act();
    if (!commit_error.ok()) return commit_error;
    return crash_.Through([&] { return store_.Commit(change); });
  }
  absl::StatusOr<std::vector<keystore::KeyUid>> RecordUsage(const std::vector<keystore::UsageUpdate>& updates) override {
    if (before_usage) before_usage();
    if (refuses_usage) return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull, "the disk is full");
    return crash_.Through([&] { return store_.RecordUsage(updates); });
  }
  absl::Status RecordCredentialUse(const std::vector<keystore::CredentialUse>& uses) override {
    return crash_.Through([&] { return store_.RecordCredentialUse(uses); });
  }
  absl::StatusOr<bool> UseOnce(const std::string& scope, const std::string& id, absl::Time until, absl::Time now) override {
    return crash_.Through([&] { return store_.UseOnce(scope, id, until, now); });
  }
  absl::StatusOr<bool> HoldLease(const keystore::Lease& lease, absl::Time now) override {
    return crash_.Through([&] { return store_.HoldLease(lease, now); });
  }
  absl::StatusOr<keystore::Changes> ReadChanges(keystore::Revision revision, int limit) override {
    if (!read_changes_error.ok()) return read_changes_error;
    return crash_.Through([&] { return store_.ReadChanges(revision, limit); });
  }

 private:
  keystore::KeyStore& store_;
  Crash& crash_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_FAULTY_KEY_STORE_H_
