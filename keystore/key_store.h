#ifndef SIGNET_KEYSTORE_KEY_STORE_H_
#define SIGNET_KEYSTORE_KEY_STORE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"

namespace signet::keystore {

// Expectation says that a record must still have the revision at which it was read; the commit does not write it.
struct Expectation {
  // Only the identity and the revision of the record are looked at.
  Record record;
};

// Change is a set of writes that happens whole or not at all.
struct Change {
  // Each is written if its stored revision is the one it carries; revision 0 says that it must not exist yet. They are written in
  // their order: a key that ceases to be ENABLED stands before the one that becomes it. Of a ring, at most one key is new.
  std::vector<Record> puts;
  std::vector<Expectation> expectations;
  // At least one event: no change without its trace.
  std::vector<Event> events;
};

// Page asks for a part of an ordered list.
struct Page {
  // Only what stands behind this position; empty for the start.
  std::string after;
  // At most so many; at least 1.
  int limit = 100;
};

// Changes is what a follow-up read brought.
struct Changes {
  // Tenants, rings, keys, credentials and revoked tokens (not requests, wrapped keys and wrapping keys) written after the revision
  // asked for, each as it is now, deleted ones included; in the order of their revisions, and within one of them in the order of
  // this sentence.
  std::vector<Record> records;
  // The revision up to which `records` is complete.
  Revision revision = 0;
};

// KeyStore is the lifecycle store: tenants, rings, keys, wrapped and wrapping keys, credentials, requests and events. Thread-safe.
// Calls block on storage: run them where nobody else waits.
//
// Nothing assumes one process: a caller reads records, decides, and commits a Change on condition of the revisions it read. A
// commit that meets a concurrent change fails whole with kAborted, and the caller reads again. To guard a rule over several records
// (such as max_keys), every commit that can break it also writes, or expects, the record that the rule hangs on (the ring).
//
// Every method can return
//   kUnavailable        STORE_UNAVAILABLE: locked, unreachable or failed; reads are safe to retry; a Commit's outcome is
//                       unknown, so that it may be retried only with its request_id or after reading again
//   kResourceExhausted  STORAGE_FULL; nothing was written
//   kDataLoss           STORE_CORRUPT
// and every list
//   kInvalidArgument    PAGE_TOKEN_INVALID: `Page::after` is no position of this list
//   kInternal           DEFECT: a limit below 1
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // Returns 32 hex digits that were drawn when the store was created: the label of its keys in a shared HSM.
  virtual absl::StatusOr<std::string> InstanceId() = 0;

  // Gets a record, deleted ones included; nullopt if it never was.
  virtual absl::StatusOr<std::optional<TenantRecord>> GetTenant(const TenantId& id) = 0;
  virtual absl::StatusOr<std::optional<TenantRecord>> GetTenantByHostAlias(const std::string& host_alias) = 0;
  virtual absl::StatusOr<std::optional<RingRecord>> GetRing(const TenantId& tenant, const RingId& id) = 0;
  virtual absl::StatusOr<std::optional<KeyRecord>> GetKey(const TenantId& tenant, const Kid& kid) = 0;
  virtual absl::StatusOr<std::optional<KeyRecord>> GetKeyByUid(const KeyUid& uid) = 0;
  virtual absl::StatusOr<std::optional<WrappedKeyRecord>> GetWrappedKey(const KeyUid& key) = 0;
  virtual absl::StatusOr<std::optional<CredentialRecord>> GetCredential(const TenantId& tenant, const CredentialId& id) = 0;
  virtual absl::StatusOr<std::optional<RequestRecord>> GetRequest(const std::string& scope, const std::string& request_id) = 0;

  // Lists tenants that are not deleted, by id. Position: the id.
  struct TenantFilter {
    std::optional<TenantId> parent;
    std::optional<TenantKind> kind;
  };
  virtual absl::StatusOr<std::vector<TenantRecord>> ListTenants(const TenantFilter& filter, const Page& page) = 0;
  // Lists a tenant's rings that are not deleted, by id. Position: the id.
  virtual absl::StatusOr<std::vector<RingRecord>> ListRings(const TenantId& tenant, const Page& page) = 0;
  // Lists a ring's keys in the order of creation. Position: create_revision in decimal.
  enum class Tombstones { kHide, kShow };
  virtual absl::StatusOr<std::vector<KeyRecord>> ListKeys(const TenantId& tenant, const RingId& ring, Tombstones tombstones,
                                                          const Page& page) = 0;
  // Lists what was wrapped by a wrapping key, by the uid of the key. Position: that uid.
  virtual absl::StatusOr<std::vector<WrappedKeyRecord>> ListWrappedKeys(const WrappingKeyUid& wrapping_key, const Page& page) = 0;
  // Counts what each wrapping key has wrapped; those that have nothing are left out.
  virtual absl::StatusOr<std::map<WrappingKeyUid, int64_t>> CountWrappedKeys() = 0;
  // Lists all wrapping keys, by uid. There are few.
  virtual absl::StatusOr<std::vector<WrappingKeyRecord>> ListWrappingKeys() = 0;
  // Lists a tenant's credentials that are not deleted, by id. Position: the id.
  virtual absl::StatusOr<std::vector<CredentialRecord>> ListCredentials(const TenantId& tenant, const Page& page) = 0;
  // Lists the events that a filter lets through, in the order asked for. Position: the sequence in decimal.
  struct EventFilter {
    enum class Order { kOldestFirst, kNewestFirst };
    std::optional<TenantId> tenant;
    // This resource and those below it: "tenants/t/keyRings/r" lets "tenants/t/keyRings/r/keys/k" through, too. Empty: all.
    std::string resource;
    // Each exactly; empty: all.
    std::string action;
    std::string actor;
    std::string request_id;
    // From start_time on, and before end_time.
    std::optional<absl::Time> start_time;
    std::optional<absl::Time> end_time;
    Order order = Order::kOldestFirst;
  };
  virtual absl::StatusOr<std::vector<Event>> ListEvents(const EventFilter& filter, const Page& page) = 0;

  // Writes `change` whole, durably, and returns its revision; every record put has it from then on, and a new key's
  // create_revision is it. The caller's records keep their old revision.
  //   kAborted        CONCURRENT_CHANGE: a revision did not match, or a record with revision 0 exists; a wrapped key's own key is
  //                   not live, or its wrapping key neither CURRENT nor FORMER; a wrapping key is to be DESTROYED that still has
  //                   wrapped keys; or there would be two CURRENT ones. Nothing was written
  //   kAlreadyExists  KEY_EXISTS: the (tenant, kid) is another key's; HOST_ALIAS_EXISTS: the alias is another, not deleted
  //                   tenant's; CREDENTIAL_EXISTS: the client_id is another credential's; nothing was written
  //   kInternal       DEFECT: no event, two ENABLED or two new keys in a ring: the store refuses what must never be
  virtual absl::StatusOr<Revision> Commit(const Change& change) = 0;

  // Adds to the usage of keys, durably. It changes no revision and writes no event: it is what keys do, not what is done to them.
  // Returns, each once, the keys whose token_expiry_bound was refused because they are not ENABLED (any more), whose counts are
  // added all the same, and those that do not exist. So whoever sees that a key is not ENABLED also sees its last bound.
  // After kUnavailable it may have happened: to repeat it may count twice, but moves no time too far.
  virtual absl::StatusOr<std::vector<KeyUid>> RecordUsage(const std::vector<UsageUpdate>& updates) = 0;

  // Moves the last_used_time of credentials on, durably; never back. As RecordUsage, it changes no revision. Those that do not
  // exist are passed over.
  virtual absl::Status RecordCredentialUse(const std::vector<CredentialUse>& uses) = 0;

  // Uses up `id`, such as the `jti` of an assertion, among those of `scope`, until `until`; forgets ids whose time has passed at
  // `now`. Returns whether it was unused: of any number of callers, in any process, one is told so. After kUnavailable it may be
  // used up.
  // WARNING: A `now` that a clock shows only for a while, and is set back, has ids forgotten that can then be used again.
  virtual absl::StatusOr<bool> UseOnce(const std::string& scope, const std::string& id, absl::Time until, absl::Time now) = 0;

  // Takes or renews a lease at `now`: if it is free, has ended, or is the holder's own. A lease that would last longer than
  // kLongestLease from `now` is one of a clock that was set back, and counts as ended. Returns whether `lease` is held.
  static constexpr absl::Duration kLongestLease = absl::Minutes(10);
  virtual absl::StatusOr<bool> HoldLease(const Lease& lease, absl::Time now) = 0;

  // Reads what was written after `revision`, at most `limit` records, or more where that ends a commit: a caller never sees a part
  // of one. A caller that gets any calls again from Changes::revision.
  virtual absl::StatusOr<Changes> ReadChanges(Revision revision, int limit) = 0;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_KEY_STORE_H_
