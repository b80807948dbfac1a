#ifndef SIGNET_SERVER_CORE_CREDENTIAL_DIRECTORY_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_DIRECTORY_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/settled_time.h"

namespace signet::core {

// What the token endpoint issues: neither a credential's access_token_ttl is longer, nor a ring's default_token_ttl.
inline constexpr absl::Duration kLongestTokenLife = absl::Hours(24);

// The RevokedToken::token_id of a token: a client can void its own tokens alone, whatever `jti` they have.
std::string RevocationId(absl::string_view client_id, absl::string_view token_id);

// CredentialDirectory holds in memory the credentials that are not deleted, and the access tokens that were revoked before their
// time. Thread-safe; its look-ups wait for nothing. It is fed by the KeyDirectory, which follows the store.
class CredentialDirectory {
 public:
  // Takes over a record as it is now in the store.
  void Take(const keystore::CredentialRecord& record);
  void Take(const keystore::RevokedToken& record);

  // Shared with the directory: an immutable record; nullptr if there is none.
  std::shared_ptr<const keystore::CredentialRecord> FindByClientId(const std::string& client_id) const;
  // Whether the token with this `jti` that was issued to this client is void.
  bool IsRevoked(absl::string_view client_id, absl::string_view token_id) const;

  // Changes with every Take, so that whoever keeps what look-ups said knows when to look again.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Drops revocations of tokens that have expired at `now`. To be called all the time: what the clock shows only for a while has
  // nothing dropped.
  void ForgetExpired(absl::Time now, std::chrono::steady_clock::time_point monotonic_now = std::chrono::steady_clock::now());

 private:
  using Name = std::pair<keystore::TenantId, keystore::CredentialId>;

  mutable Mutex mutex_;
  std::map<Name, std::string> client_ids_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::shared_ptr<const keystore::CredentialRecord>> credentials_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, absl::Time> revoked_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> generation_ = 0;
  // What was dropped is not read again from the store.
  SettledTime forget_time_{kLongestTokenLife};
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_DIRECTORY_H_
