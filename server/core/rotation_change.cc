#include "server/core/rotation_change.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/force_warnings.h"

namespace signet::core {

using keystore::Force;
using keystore::KeyRecord;
using keystore::KeyVerb;
using keystore::Purge;

RotationChange::RotationChange(keystore::RingRecord ring, std::vector<KeyRecord> keys, const Terms& terms, const Actor& actor,
                               absl::Time now)
    : ring_(std::move(ring)),
      ring_before_(ring_),
      keys_(std::move(keys)),
      policy_(keystore::Resolve(ring_.policy)),
      terms_(terms),
      actor_(actor),
      now_(now) {}

absl::Status RotationChange::Move(KeyRecord& key, KeyVerb verb, Force force, absl::string_view action) {
  SIGNET_ASSIGN_OR_RETURN(KeyRecord moved, keystore::Apply(key, verb, force, now_, policy_));
  change_.events.push_back(MakeEvent(now_, actor_, action, &key, moved));
  change_.puts.emplace_back(moved);
  if (!keystore::IsLive(moved)) gone_.push_back(moved.uid);
  key = std::move(moved);
  return absl::OkStatus();
}

absl::Status RotationChange::MakeRoom(int places, std::vector<keystore::KeyUid>& retired) {
  // A purge needs no room: all other keys are about to go.
  if (terms_.purge == Purge::kYes) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const std::vector<KeyRecord> picked,
                          keystore::PickRetired(LiveKeys(), policy_, places, terms_.force, now_));
  for (const KeyRecord& pick : picked) {
    KeyRecord& key = *std::find_if(keys_.begin(), keys_.end(), [&](const KeyRecord& other) { return other.uid == pick.uid; });
    if (!keystore::Apply(key, KeyVerb::kRetire, Force::kNo, now_, policy_).ok()) warnings_.push_back(LostTokensWarning(key));
    SIGNET_RETURN_IF_ERROR(Move(key, KeyVerb::kRetire, terms_.force, "KeyRetired"));
    retired.push_back(key.uid);
  }
  return absl::OkStatus();
}

// The ring is always written, even unchanged: every change of its keys hangs on it.
void RotationChange::PutRing() { change_.puts.emplace(change_.puts.begin(), ring_); }

absl::Status RotationChange::Supply(const KeyRecord& pending) {
  std::vector<keystore::KeyUid> retired;
  SIGNET_RETURN_IF_ERROR(MakeRoom(1, retired));
  if (keystore::IsUnderWay(ring_)) ring_.rotation->retired.insert(ring_.rotation->retired.end(), retired.begin(), retired.end());
  change_.puts.emplace_back(pending);
  change_.events.push_back(MakeEvent(now_, actor_, "CreateKey", nullptr, pending));
  keys_.push_back(pending);
  PutRing();
  return absl::OkStatus();
}

void RotationChange::Schedule(keystore::Rotation rotation) {
  rotation.current = keystore::FindNext(keys_)->uid;
  ring_.rotation = std::move(rotation);
  change_.events.push_back(MakeEvent(now_, actor_, "RotateKeys", &ring_before_, ring_));
  PutRing();
}

absl::Status RotationChange::Activate(keystore::Rotation rotation, const std::optional<KeyRecord>& pending) {
  const keystore::KeyUid next_uid = keystore::FindNext(keys_)->uid;
  rotation.current = next_uid;
  const KeyRecord* current = keystore::FindCurrent(keys_);
  rotation.superseded = current == nullptr ? keystore::KeyUid() : current->uid;
  // Before the present key is superseded: what it signs until the commit goes through is not known yet, so that it cannot go.
  if (pending) SIGNET_RETURN_IF_ERROR(MakeRoom(1, rotation.retired));
  // A key that ceases to be ENABLED is written before the one that becomes it.
  for (KeyRecord& key : keys_) {
    if (key.uid == next_uid || !keystore::IsPublished(key)) continue;
    if (terms_.purge == Purge::kYes) {
      if (key.usage.token_expiry_bound && *key.usage.token_expiry_bound > now_) warnings_.push_back(LostTokensWarning(key));
      SIGNET_RETURN_IF_ERROR(Move(key, KeyVerb::kRevoke, Force::kYes, "KeyRevoked"));
      rotation.revoked.push_back(key.uid);
    } else if (key.state == keystore::KeyState::kEnabled) {
      SIGNET_RETURN_IF_ERROR(Move(key, KeyVerb::kSuperseded, Force::kNo, "KeySuperseded"));
    }
  }
  KeyRecord& next = *std::find_if(keys_.begin(), keys_.end(), [&](const KeyRecord& key) { return key.uid == next_uid; });
  const bool hurried = terms_.purge == Purge::kYes || terms_.force == Force::kYes;
  if (now_ < keystore::ActivatableTime(next, policy_)) warnings_.push_back(EarlyActivationWarning(next, policy_));
  SIGNET_RETURN_IF_ERROR(Move(next, KeyVerb::kEnable, hurried ? Force::kYes : Force::kNo, "KeyActivated"));
  rotation.activation_time = next.enable_time;
  rotation.update_time = now_;
  if (pending) {
    rotation.next = pending->uid;
    change_.puts.emplace_back(*pending);
    change_.events.push_back(MakeEvent(now_, actor_, "CreateKey", nullptr, *pending));
    keys_.push_back(*pending);
  }
  ring_.rotation = std::move(rotation);
  change_.events.push_back(MakeEvent(now_, actor_, "RotateKeys", &ring_before_, ring_));
  PutRing();
  return absl::OkStatus();
}

std::vector<KeyRecord> RotationChange::LiveKeys() const {
  std::vector<KeyRecord> live;
  std::copy_if(keys_.begin(), keys_.end(), std::back_inserter(live), keystore::IsLive);
  return live;
}

}  // namespace signet::core
