#ifndef SIGNET_SERVER_CORE_KEY_DIRECTORY_H_
#define SIGNET_SERVER_CORE_KEY_DIRECTORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/logger.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/change_listeners.h"
#include "server/core/credential_directory.h"
#include "server/core/jwks.h"
#include "server/core/recent_map.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

// KeyDirectory holds the snapshots of all tenants in memory. Thread-safe. Its look-ups never wait for the store or the HSM: a
// refresh reads first and then swaps in what has changed.
//
// A stored key that cannot be read (an unknown algorithm, a public key that does not parse) costs that key alone: it is reported to
// the log and neither published nor used, and everything else is served.
class KeyDirectory {
 public:
  struct Options {
    // Where HTTPS clients reach this service, such as "https://localhost:8444", without a trailing slash.
    std::string public_url;
    // The store's InstanceId.
    std::string instance_id;
    // Is told of keys that cannot be read; borrowed. nullptr: nobody is.
    Logger* logger = nullptr;
    // Is given the credentials and the revoked tokens, before the snapshots of the same refresh are swapped in; borrowed. nullptr:
    // they are passed over.
    CredentialDirectory* credentials = nullptr;
  };
  // `store` is borrowed. Call Refresh once before use.
  KeyDirectory(Options options, keystore::KeyStore& store);
  ~KeyDirectory();

  // Brings the snapshots up to the store's present revision. Every change in this process calls it after its commit, before it
  // answers, so that a caller who saw the answer sees the change; other replicas' changes come with the next call. Serialised:
  // callers at the same time share one that began after they called.
  //   as KeyStore::ReadChanges; the snapshots then stay as they were
  absl::Status Refresh();

  // Tells whether the snapshots may decide what is signed: the store confirmed them within `max_staleness`, and no change is known
  // that they lack. A key revoked elsewhere thus signs no longer than that, and one revoked here by a change that could not be
  // published not at all. Verifying and the JWKS go on regardless.
  bool IsFresh(absl::Duration max_staleness) const;
  // Time since the store last confirmed the snapshots; InfiniteDuration if they are not trusted.
  absl::Duration age() const;
  // Has IsFresh say no until the next Refresh: the store holds a change that the snapshots lack.
  void Distrust();

  // The snapshot of a tenant that exists; nullptr otherwise.
  std::shared_ptr<const TenantSnapshot> FindTenant(const keystore::TenantId& tenant) const;  // Shared with the directory.
  // The same by host alias, in lower case, without port.
  std::shared_ptr<const TenantSnapshot> FindTenantByHost(const std::string& host_alias) const;
  // The JWKS of a snapshot of this directory's, out of what is in memory. It is made when it is asked for, and remembered for the
  // tenants that were asked for last.
  std::shared_ptr<const Jwks> FindJwks(const std::shared_ptr<const TenantSnapshot>& tenant) const;  // Shared with the directory.
  // The store's revision that the snapshots show.
  keystore::Revision revision() const;

  // Has `listener` called after each refresh that changed a tenant, once look-ups show the change and before Refresh returns.
  std::unique_ptr<ChangeListeners::Subscription> Subscribe(ChangeListener listener) { return listeners_.Add(std::move(listener)); }

 private:
  class Follower;
  struct RememberedJwks;

  // Reads what is new and swaps it in. Returns the tenants that changed. Only for the thread that has set refreshing_.
  absl::StatusOr<std::vector<keystore::TenantId>> ReadAndPublish();

  const Options options_;
  keystore::KeyStore& store_;

  // Guards the turn to refresh; not held while the store is read.
  Mutex refresh_mutex_;
  CondVar refresh_done_;
  bool refreshing_ ABSL_GUARDED_BY(refresh_mutex_) = false;
  // Refreshes are numbered from 1 in the order in which they begin.
  uint64_t begun_ ABSL_GUARDED_BY(refresh_mutex_) = 0;
  // The last one that succeeded.
  uint64_t succeeded_ ABSL_GUARDED_BY(refresh_mutex_) = 0;
  // On the monotonic clock, in nanoseconds: when the refresh began that last succeeded.
  std::atomic<int64_t> confirmed_at_ = kNever;
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  // What the snapshots lack. Only touched by the thread that has set refreshing_.
  const std::unique_ptr<Follower> follower_;

  // Held only for a look-up or a swap of pointers.
  mutable Mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const TenantSnapshot>> tenants_ ABSL_GUARDED_BY(mutex_);  // Shared with callers.
  // From host alias to tenant.
  std::unordered_map<std::string, std::string> hosts_ ABSL_GUARDED_BY(mutex_);
  keystore::Revision revision_ ABSL_GUARDED_BY(mutex_) = 0;

  static constexpr size_t kRememberedJwks = 1000;
  // By tenant.
  mutable RecentMap<RememberedJwks> jwks_{kRememberedJwks};

  ChangeListeners listeners_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_DIRECTORY_H_
