#ifndef SIGNET_SERVER_CORE_AUDIT_TRAIL_H_
#define SIGNET_SERVER_CORE_AUDIT_TRAIL_H_

#include <atomic>
#include <cstdint>

#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/audit_verification.h"
#include "server/core/change_request.h"
#include "server/core/principal.h"

namespace signet::core {

// Which events to show, and in which order. The resource has at most 512 bytes, the other texts at most 128.
using EventQuery = keystore::KeyStore::EventFilter;

// AuditTrail shows what was changed, by whom, when. Thread-safe; blocks on the store, which it borrows.
class AuditTrail {
 public:
  explicit AuditTrail(keystore::KeyStore& store) : store_(store) {}

  // Lists the events that `query` lets through. A page ends early rather than pass about 2 MiB, which a client of gRPC receives
  // whatever its settings. Events of a deleted tenant stay. Besides what KeyStore returns:
  //   kInvalidArgument  INVALID_FIELD: a text is too long, or page_size is below 0; PAGE_TOKEN_INVALID: not a token of this query
  //   kNotFound         TENANT_NOT_FOUND: there never was such a tenant
  absl::StatusOr<ListResult<keystore::Event>> List(const EventQuery& query, const ListRequest& request);
  // The same for a caller: of a tenant whose id was somebody else's before, only those who reach all see what was then.
  absl::StatusOr<ListResult<keystore::Event>> ListFor(const Principal& caller, EventQuery query, const ListRequest& request);

  // Checks that nobody has changed the trail. One check at a time: they can take long. Besides what VerifyAuditLog returns:
  //   kResourceExhausted  QUEUE_FULL: one is under way; safe to retry
  absl::StatusOr<AuditReport> Verify(int64_t start_sequence);

 private:
  keystore::KeyStore& store_;
  std::atomic<bool> verifying_ = false;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUDIT_TRAIL_H_
