#ifndef SIGNET_SERVER_CORE_RECONCILER_H_
#define SIGNET_SERVER_CORE_RECONCILER_H_

#include "absl/status/statusor.h"
#include "server/core/keys.h"

namespace signet::core {

// What one reconciliation did. All zero when there was nothing to do.
struct Reconciliation {
  // PENDING_GENERATION keys whose pair was found, proven and published.
  int completed = 0;
  // PENDING_GENERATION keys that became GENERATION_FAILED.
  int failed = 0;
  // REVOKED, DESTROYED or failed keys whose private key was still to be destroyed.
  int destroyed = 0;
  // Keys on the token with this store's label and without a row, now destroyed.
  int orphans = 0;
};

// Resolves what a crash left between store and HSM, so that no row lacks its key and no key lacks its row. Run at start, before any
// port opens; a second run does nothing. Writes an event for each thing it does.
//   kUnavailable, kFailedPrecondition  the HSM or the store cannot be used; nothing is given up, run it again
absl::StatusOr<Reconciliation> Reconcile(const Services& services);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RECONCILER_H_
