#ifndef SIGNET_SERVER_CORE_RECONCILER_H_
#define SIGNET_SERVER_CORE_RECONCILER_H_

#include "absl/status/statusor.h"
#include "server/core/services.h"

namespace signet::core {

// What one reconciliation did, and what it found that it may not touch. All zero when there was nothing to do.
struct Reconciliation {
  // PENDING_GENERATION keys whose pair was found, proven and published.
  int completed = 0;
  // PENDING_GENERATION keys that became GENERATION_FAILED.
  int failed = 0;
  // REVOKED, DESTROYED or failed keys whose private key was still to be destroyed.
  int destroyed = 0;
  // Keys on the token with this store's label and without a row, now destroyed.
  int orphans = 0;
  // Keys of either kind that the token refuses to destroy, one by one, although it answers. They stay as they are: the scheduler
  // tries again with those that have a row, the next run with all. Counted anew by every run.
  int refused = 0;
  // DISABLED or ENABLED keys whose private key the token does not hold, or cannot unwrap, such as after it was replaced or
  // restored. They stay as they are, because only an operator can tell a wrong token from a lost key; signing with them fails.
  // Counted anew by every run.
  int missing = 0;
  // Published keys that had no certificate, of a release that made none, and have one now.
  int certified = 0;
  // Wrapping keys that were but intended, or whose destruction was begun, now destroyed.
  int wrapping_keys = 0;
  friend bool operator==(const Reconciliation&, const Reconciliation&) = default;
};

// Resolves what a crash left between store and HSM, so that no row lacks its key and no key lacks its row. Run at start, before
// anything is served and while no other process creates keys in this store: it takes a key that is still being made for one that a
// crash left. A second run does nothing. Writes an event by "system" for each thing it does, and refreshes the directory. WARNING:
// a store restored from a backup does not know the keys made since; their private keys are orphans and are destroyed.
//   kUnavailable, kFailedPrecondition  the HSM or the store cannot be used; nothing is given up, run it again
absl::StatusOr<Reconciliation> Reconcile(const Services& services);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RECONCILER_H_
