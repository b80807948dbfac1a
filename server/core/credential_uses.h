#ifndef SIGNET_SERVER_CORE_CREDENTIAL_USES_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_USES_H_

#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/key_store.h"

namespace signet::core {

// CredentialUses keeps in the store when credentials last authenticated. Thread-safe. It writes behind, each credential once in an
// interval at most: a crash loses the last interval.
class CredentialUses {
 public:
  struct Options {
    absl::Duration flush_interval = absl::Minutes(1);
  };

  // `store` is borrowed. Starts a thread.
  CredentialUses(const Options& options, keystore::KeyStore& store);
  // As Stop.
  ~CredentialUses();

  // Notes that a credential, one that exists, authenticated at `time`. Never waits for the store.
  void Note(const keystore::TenantId& tenant, const keystore::CredentialId& id, absl::Time time);

  // Writes what was noted so far.
  //   as KeyStore::RecordCredentialUse; what could not be written is written later
  absl::Status Flush();

  // Ends the thread and flushes once more. Idempotent. What is noted afterwards is not written.
  void Stop();

 private:
  using Name = std::pair<keystore::TenantId, keystore::CredentialId>;

  void Work();
  void NoteLocked(const Name& name, absl::Time time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  keystore::KeyStore& store_;

  // Not held while the store is written.
  Mutex mutex_;
  CondVar work_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The latest use of each that is not written yet: as many as there are credentials at most.
  std::map<Name, absl::Time> noted_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_USES_H_
