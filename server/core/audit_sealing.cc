#include "server/core/audit_sealing.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "keystore/key_store.h"
#include "nlohmann/json.hpp"
#include "server/core/audit.h"
#include "server/core/audit_seal.h"
#include "server/core/private_key_use.h"

namespace signet::core {
namespace {

using keystore::Event;

// More than replicas can seal one after the other before they see each other's.
constexpr int kMostSealsInARow = 10;
// How many of the last events that call themselves seals are looked at for one that is.
constexpr int kSealsToTry = 10;

Event MakeBreakEvent(absl::Time time, const TrailBreak& found) {
  Event event;
  event.time = time;
  event.actor = std::string(kSystemActor);
  event.action = "AuditTrailBroken";
  event.resource = absl::StrCat("events/", found.sequence);
  event.tenant = SealingRing().tenant;
  const nlohmann::ordered_json content = {{"sequence", found.sequence}, {"problem", found.problem}};
  event.after = content.dump();
  return event;
}

}  // namespace

absl::StatusOr<bool> AuditSealer::SealIfDue() {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<KeyInRing> key, FindSealingKey());
  if (!key) return false;
  SIGNET_ASSIGN_OR_RETURN(bool is_due, IsDue());
  if (!is_due) return false;
  SIGNET_RETURN_IF_ERROR(FindLastSeal());
  SIGNET_ASSIGN_OR_RETURN(is_due, IsDue());
  if (!is_due) return false;
  std::optional<TrailBreak> first_break;
  SIGNET_ASSIGN_OR_RETURN(const TrailPosition end, FollowChain(first_break));
  if (end.sequence < 1) return false;
  SIGNET_RETURN_IF_ERROR(Seal(*key, end, first_break));
  return true;
}

absl::StatusOr<std::optional<KeyInRing>> AuditSealer::FindSealingKey() {
  const absl::StatusOr<RingState> state = ReadRingState(services_.store, SealingRing());
  if (absl::IsNotFound(state.status())) return std::nullopt;
  SIGNET_RETURN_IF_ERROR(state.status());
  const auto key = std::ranges::find(state->keys, keystore::KeyState::kEnabled, &keystore::KeyRecord::state);
  if (key == state->keys.end()) return std::nullopt;
  return KeyInRing{state->ring, *key};
}

absl::StatusOr<bool> AuditSealer::IsDue() {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<Event> last, ReadLastEvent(services_.store));
  const int64_t end = last ? last->sequence : 0;
  // The trail was cut off.
  if (end < sealed_.sequence) return end > 0;
  const keystore::Page page = {.after = sealed_.sequence > 0 ? absl::StrCat(sealed_.sequence) : "", .limit = kMostSealsInARow};
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> unsealed, services_.store.ListEvents({}, page));
  const auto oldest = std::ranges::find_if(unsealed, [](const Event& event) { return event.action != kSealAction; });
  if (oldest == unsealed.end()) return unsealed.size() == kMostSealsInARow;
  if (end - sealed_.sequence >= options_.max_events) return true;
  // One that lies far ahead is of a clock that was set back since.
  const absl::Duration age = services_.Now() - oldest->time;
  return age >= options_.max_age || age <= -options_.max_age;
}

absl::Status AuditSealer::FindLastSeal() {
  keystore::KeyStore::EventFilter seals;
  seals.tenant = SealingRing().tenant;
  seals.action = std::string(kSealAction);
  seals.order = keystore::KeyStore::EventFilter::Order::kNewestFirst;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> events, services_.store.ListEvents(seals, {.after = "", .limit = kSealsToTry}));
  SealChecker checker(services_.store, services_.instance_id);
  for (const Event& event : events) {
    SIGNET_ASSIGN_OR_RETURN(const SealChecker::Result result, checker.Check(event));
    if (!result.seal) continue;
    // What this process has sealed stays sealed, even if the seal is gone from the store.
    if (result.seal->sealed_sequence > sealed_.sequence) {
      sealed_ = {.sequence = result.seal->sealed_sequence, .hash = result.seal->sealed_hash};
    }
    break;
  }
  return absl::OkStatus();
}

absl::StatusOr<TrailPosition> AuditSealer::FollowChain(std::optional<TrailBreak>& first_break) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<Event> sealed, ReadEvent(services_.store, sealed_.sequence));
  TrailPosition position;
  if (sealed) {
    position = PositionOf(*sealed);
    if (position.hash != sealed_.hash) first_break = {position.sequence, "it has not the hash that was sealed"};
  } else if (sealed_.sequence > 0) {
    first_break = {sealed_.sequence, "it was sealed, and is gone"};
    SIGNET_ASSIGN_OR_RETURN(const std::optional<Event> last, ReadLastEvent(services_.store));
    position = last && last->sequence < sealed_.sequence ? PositionOf(*last) : TrailPosition{.sequence = sealed_.sequence};
  }
  const auto visit = [&](const Event& event) -> absl::StatusOr<bool> {
    std::optional<TrailBreak> found = CheckNextEvent(position, event);
    if (found && !first_break) first_break = std::move(found);
    // What does not belong there is passed over.
    if (event.sequence > position.sequence) position = PositionOf(event);
    return true;
  };
  SIGNET_RETURN_IF_ERROR(VisitEventsAfter(services_.store, position.sequence, visit));
  return position;
}

absl::Status AuditSealer::Seal(const KeyInRing& key, const TrailPosition& end, const std::optional<TrailBreak>& first_break) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(key.key.algorithm));
  const std::string message = SealMessage(services_.instance_id, end.sequence, end.hash);
  const hsm::Hash hash = hsm::GetAlgorithmInfo(algorithm).hash;
  const std::string digest = hash == hsm::Hash::kNone ? message : hsm::ComputeDigest(hash, message);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, SignWithKey(services_, key.key, digest));
  const AuditSeal seal = {
      .time = services_.Now(), .sealed_sequence = end.sequence, .sealed_hash = end.hash, .key = {SealingRing(), key.key.kid}};
  keystore::Change change;
  // A key that is being revoked seals no more.
  change.expectations.push_back({key.ring});
  if (first_break) change.events.push_back(MakeBreakEvent(seal.time, *first_break));
  change.events.push_back(MakeSealEvent(seal, signature));
  SIGNET_RETURN_IF_ERROR(services_.store.Commit(change).status());
  sealed_ = end;
  if (first_break) {
    services_.logger.Log(LogLevel::kError, "the audit trail is broken: somebody changed it behind signet's back",
                         {{"sequence", first_break->sequence}, {"problem", first_break->problem}});
  }
  services_.logger.Log(
      LogLevel::kInfo, "sealed the audit trail",
      {{"sequence", seal.sealed_sequence}, {"hash", Base64UrlEncode(seal.sealed_hash)}, {"key", FormatKeyName(seal.key)}});
  return absl::OkStatus();
}

}  // namespace signet::core
