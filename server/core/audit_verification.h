#ifndef SIGNET_SERVER_CORE_AUDIT_VERIFICATION_H_
#define SIGNET_SERVER_CORE_AUDIT_VERIFICATION_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "server/core/audit_seal.h"
#include "server/core/trail_check.h"

namespace signet::core {

// AuditReport is what a check of the audit trail found.
struct AuditReport {
  // How many events, and how many seals among them, were checked and found right.
  int64_t events = 0;
  int64_t seals = 0;
  // The last of these events, and of these seals.
  int64_t last_sequence = 0;
  std::optional<AuditSeal> last_seal = std::nullopt;
  // The first event that is wrong; the check ends there. nullopt: the trail is intact.
  std::optional<TrailBreak> first_break = std::nullopt;
};

// Checks the audit trail from `start_sequence` on, whose predecessor is taken as it is; 0 stands for the first. The sequence and
// the revisions have no gaps, each hash fits the event and the hash before it, each seal is signed by a key of the audit ring, and
// the trail has the hash that it seals; and the last commit has its events. Reads page by page; blocks on the store.
//
// What this cannot see: events that were removed at the end together with their seals, by somebody who also set the store's
// revision back. The seals in the server's log show that.
//   kInvalidArgument  INVALID_FIELD: there is no event `start_sequence`
//   as KeyStore
absl::StatusOr<AuditReport> VerifyAuditLog(keystore::KeyStore& store, int64_t start_sequence);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUDIT_VERIFICATION_H_
