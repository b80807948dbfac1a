#ifndef SIGNET_SERVER_CORE_COMMIT_H_
#define SIGNET_SERVER_CORE_COMMIT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/key_store.h"
#include "server/core/services.h"

namespace signet::core {

// How often a change is tried before CONCURRENT_CHANGE reaches the caller. Each failure means that somebody else's commit went
// through, so trying again at once is no livelock.
inline constexpr int kCommitAttempts = 8;

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Calls `attempt`, which reads, decides and commits, until it does not fail with CONCURRENT_CHANGE, at most kCommitAttempts times.
// Returns what the last call returned, an absl::Status or absl::StatusOr. WARNING: each call must read everything anew.
template <typename Attempt>
auto RetryConcurrentChange(Attempt attempt) -> decltype(attempt()) {
  for (int i = 1; i < kCommitAttempts; ++i) {
    auto result = attempt();
    if (GetReason(StatusOf(result)) != reason::kConcurrentChange) return result;
  }
  return attempt();
}

// Brings the directory up to what is committed. Comes before every reply about a change, the repeated and the empty ones
// included: a caller who saw the reply sees the change everywhere.
//   kUnavailable  STORE_UNAVAILABLE: the change is stored, but not in force in this process yet; safe to retry with the same
//                 request_id
absl::Status Publish(const Services& services);

// Commits `change` and publishes it.
//   as KeyStore::Commit and Publish
absl::Status CommitAndPublish(const Services& services, const keystore::Change& change);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_COMMIT_H_
