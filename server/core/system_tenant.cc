#include "server/core/system_tenant.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"
#include "server/core/audit.h"
#include "server/core/change_request.h"
#include "server/core/commit.h"
#include "server/core/key_creation.h"
#include "server/core/key_verbs.h"
#include "server/core/names.h"
#include "server/core/private_key_use.h"
#include "server/core/resource_lookup.h"
#include "server/core/system_records.h"

namespace signet::core {
namespace {

using keystore::Force;
using keystore::KeyRecord;
using keystore::KeyVerb;

ChangeRequest OwnRequest() {
  ChangeRequest request;
  request.principal = std::string(kSystemActor);
  return request;
}

// The functions behind the use cases are called, not those themselves: what they refuse to callers in this tenant, Signet does.
absl::Status Move(const Services& services, const KeyName& key, KeyVerb verb) {
  return MoveKey(services, key, verb, Force::kYes, OwnRequest()).status();
}

// Enables the key that a start before this one made, if it can be used, or else a new one. A NEXT key that cannot has never signed,
// and would take the new one's room.
absl::Status EnableAKey(const Services& services, const RingName& ring, const std::vector<KeyRecord>& live) {
  for (const KeyRecord& key : live) {
    if (keystore::RoleOf(key) != keystore::KeyRole::kNext) continue;
    const KeyName name{ring, key.kid};
    if (CheckPrivateKeyIsThere(services, key).ok()) return Move(services, name, KeyVerb::kEnable);
    SIGNET_RETURN_IF_ERROR(Move(services, name, KeyVerb::kDelete));
  }
  // A crash after the creation leaves a NEXT key, for the next start.
  SIGNET_ASSIGN_OR_RETURN(const KeyView made, CreateKey(services, ring, {}, OwnRequest()));
  return Move(services, {ring, made.record.kid}, KeyVerb::kEnable);
}

absl::Status EnsureUsableKey(const Services& services, const RingName& ring) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<KeyRecord> live, FindLiveKeys(services.store, ring));
  const KeyRecord* current = keystore::FindCurrent(live);
  if (current != nullptr && CheckPrivateKeyIsThere(services, *current).ok()) return absl::OkStatus();
  return Annotate(EnableAKey(services, ring, live), FormatRingName(ring));
}

// Makes the NEXT key of a ring that keeps one, which the scheduler would do a little later: so that nothing is made behind the back
// of whoever watches the first start.
absl::Status EnsureNextKey(const Services& services, const RingName& ring_name) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::RingRecord ring, FindRing(services.store, ring_name));
  if (!keystore::Resolve(ring.policy).keep_next) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const std::vector<KeyRecord> live, FindLiveKeys(services.store, ring_name));
  if (keystore::FindNext(live) != nullptr) return absl::OkStatus();
  const absl::Status made = CreateKey(services, ring_name, {}, OwnRequest()).status();
  // Superseded keys have the room; the scheduler goes on when one of them may go.
  return GetReason(made) == reason::kKeyLimitReached ? absl::OkStatus() : made;
}

}  // namespace

absl::Status EnsureSystemTenant(const Services& services) {
  SIGNET_RETURN_IF_ERROR(EnsureSystemRecords(services.store, services.Now()));
  for (const RingName& ring : SystemRings()) {
    SIGNET_RETURN_IF_ERROR(EnsureUsableKey(services, ring));
    SIGNET_RETURN_IF_ERROR(EnsureNextKey(services, ring));
  }
  return Publish(services);
}

}  // namespace signet::core
