#include "server/core/key_verbs.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "keystore/record_json.h"
#include "keystore/rotation_plan.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/etag.h"
#include "server/core/force_warnings.h"
#include "server/core/idempotency.h"
#include "server/core/private_key_destruction.h"
#include "server/core/private_key_use.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::Force;
using keystore::KeyRecord;
using keystore::KeyVerb;

// The action of the audit trail: the RPC's name.
absl::string_view ActionOf(KeyVerb verb) {
  switch (verb) {
    case KeyVerb::kEnable:
      return "EnableKey";
    case KeyVerb::kDisable:
      return "DisableKey";
    case KeyVerb::kRevoke:
      return "RevokeKey";
    case KeyVerb::kDelete:
      return "DeleteKey";
    case KeyVerb::kGenerated:
    case KeyVerb::kGenerationFailed:
    case KeyVerb::kSuperseded:
    case KeyVerb::kRetire:
      break;
  }
  std::abort();  // No RPC asks for these.
}

// What a forced verb can break.
std::vector<std::string> WarningsOf(KeyVerb verb, const KeyRecord& key, const keystore::ResolvedPolicy& policy) {
  const std::string no_key = "the key ring has no key that signs now";
  switch (verb) {
    case KeyVerb::kEnable:
      return {EarlyActivationWarning(key, policy)};
    case KeyVerb::kDelete:
      return {LostTokensWarning(key)};
    case KeyVerb::kRevoke:
      return {no_key, LostTokensWarning(key)};
    default:
      return {no_key};
  }
}

// Puts the key that is enabled now, if there is one, as disabled ahead of the one that will be. Returns its uid.
absl::StatusOr<keystore::KeyUid> SupersedeEnabledKey(const Services& services, const keystore::RingRecord& ring, const Actor& actor,
                                                     absl::Time now, keystore::Change& change) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<KeyRecord> live, FindLiveKeys(services.store, {ring.tenant, ring.id}));
  const KeyRecord* key = keystore::FindCurrent(live);
  if (key == nullptr) return keystore::KeyUid();
  SIGNET_ASSIGN_OR_RETURN(KeyRecord superseded,
                          keystore::Apply(*key, KeyVerb::kSuperseded, Force::kNo, now, keystore::Resolve(ring.policy)));
  change.events.push_back(MakeEvent(now, actor, "KeySuperseded", key, superseded));
  change.puts.emplace_back(std::move(superseded));
  return key->uid;
}

// A rotation that waits for its key to be known is done once a key is enabled by hand: the scheduler must not enable another.
void CompleteRotationByHand(const KeyRecord& enabled, const keystore::KeyUid& superseded, const Actor& actor, absl::Time now,
                            keystore::RingRecord& ring, keystore::Change& change) {
  if (!keystore::IsUnderWay(ring)) return;
  const keystore::RingRecord before = ring;
  ring.rotation->activation_time = enabled.enable_time;
  ring.rotation->update_time = now;
  ring.rotation->current = enabled.uid;
  ring.rotation->superseded = superseded;
  change.events.push_back(MakeEvent(now, actor, "RotateKeys", &before, ring));
}

// Returns what the first call with this request_id returned. That call may have died after its commit, so publish anew.
absl::StatusOr<KeyView> RepeatResult(const Services& services, const RingName& ring, const std::string& result) {
  SIGNET_ASSIGN_OR_RETURN(KeyRecord key, RememberedKey(services.store, result));
  // A deleted ring still has its record.
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> record, services.store.GetRing(ring.tenant, ring.ring));
  if (!record.has_value()) return Defect("a key without a ring");
  SIGNET_RETURN_IF_ERROR(Publish(services));
  return MakeKeyView(std::move(key), keystore::Resolve(record->policy));
}

// Everything but the HSM; nothing is written if the call only validates.
absl::StatusOr<KeyView> MoveOnce(const Services& services, const KeyName& name, KeyVerb verb, Force force,
                                 const ChangeRequest& request) {
  const std::string& scope = name.ring.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services.store, scope, request));
  if (first.has_value()) return RepeatResult(services, name.ring, *first);

  SIGNET_ASSIGN_OR_RETURN(const KeyInRing found, FindKey(services.store, name));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(found.key)));
  const keystore::ResolvedPolicy policy = keystore::Resolve(found.ring.policy);
  const absl::Time now = services.Now();
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord moved, keystore::Apply(found.key, verb, force, now, policy));
  KeyView view = MakeKeyView(moved, policy);
  // Force breaks something only where the verb would have been refused without it.
  const bool forced = force == Force::kYes && !keystore::Apply(found.key, verb, Force::kNo, now, policy).ok();
  if (forced) view.warnings = WarningsOf(verb, found.key, policy);
  if (request.mode == Mode::kValidateOnly) return view;

  const Actor actor = ActorOf(request);
  keystore::Change change;
  if (moved != found.key) {
    keystore::RingRecord ring = found.ring;
    if (verb == KeyVerb::kEnable) {
      SIGNET_RETURN_IF_ERROR(CheckPrivateKeyIsThere(services, found.key));
      SIGNET_ASSIGN_OR_RETURN(const keystore::KeyUid superseded, SupersedeEnabledKey(services, ring, actor, now, change));
      CompleteRotationByHand(moved, superseded, actor, now, ring, change);
    }
    // The ring is written, even unchanged, so that two changes of its keys cannot both rest on what the ring held before.
    change.puts.emplace_back(std::move(ring));
    change.puts.emplace_back(moved);
  } else if (request.request_id.empty()) {
    SIGNET_RETURN_IF_ERROR(Publish(services));
    return view;
  } else {
    change.expectations.push_back({found.key});
  }
  change.events.push_back(MakeEvent(now, actor, ActionOf(verb), &found.key, moved));
  RememberResult(scope, request, keystore::ToJson(moved), now, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services, change));
  return view;
}

}  // namespace

absl::StatusOr<KeyView> MoveKey(const Services& services, const KeyName& name, KeyVerb verb, Force force,
                                const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(KeyView view, RetryConcurrentChange([&] { return MoveOnce(services, name, verb, force, request); }));
  if (request.mode == Mode::kExecute && (verb == KeyVerb::kRevoke || verb == KeyVerb::kDelete)) {
    // Only after the directory was refreshed: no new signature with the key is asked for now. A failure is left to the next
    // repetition or reconciliation, see the header.
    const absl::StatusOr<Destruction> destruction = DestroyPrivateKey(services, view.record.uid, ActorOf(request));
    if (!destruction.ok()) LogPrivateKeyLeft(services, view.record, destruction.status());
  }
  return view;
}

}  // namespace signet::core
