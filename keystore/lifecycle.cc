#include "keystore/lifecycle.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::keystore {
namespace {

// The circumstances of a verb.
struct Occasion {
  Force force;
  // What the clock says; retry delays count from here, as it is the clock that must reach the time.
  absl::Time now;
  // The time as far as it is proven: a clock that was set back does not undo what the key's last change shows. So a key's times
  // never run backwards, and a retention never ends earlier than its record proves.
  absl::Time proven_now;
  const ResolvedPolicy& policy;
};

absl::Status Refuse(const KeyRecord& key, absl::string_view reason, absl::string_view why,
                    std::map<std::string, std::string> metadata = {}, std::optional<absl::Duration> retry_delay = std::nullopt) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, absl::StrCat("key ", key.kid.value(), " ", why), std::move(metadata),
               retry_delay);
}

// Refuses with the time from which the verb works. The delay is rounded up to what an error can carry, so that a caller who waits
// for exactly that long is not refused again.
absl::Status RefuseUntil(const KeyRecord& key, absl::string_view reason, absl::string_view why, absl::string_view metadata_key,
                         absl::Time until, absl::Time now) {
  const std::string text = absl::FormatTime(absl::RFC3339_full, until, absl::UTCTimeZone());
  return Refuse(key, reason, absl::StrCat(why, " before ", text, "; wait, or use force"), {{std::string(metadata_key), text}},
                absl::Ceil(until - now, absl::Milliseconds(1)));
}

// Why a key that is not published cannot take part in a verb that needs one.
absl::Status RefuseUnpublished(const KeyRecord& key) {
  switch (key.state) {
    case KeyState::kPendingGeneration:
      return Refuse(key, reason::kKeyNotGenerated, "is still being generated; try again when it is DISABLED");
    case KeyState::kGenerationFailed:
      return Refuse(key, reason::kKeyNotGenerated, "could not be generated; delete it and create another");
    case KeyState::kRevoked:
      return Refuse(key, reason::kKeyRevoked, "is revoked, which is final; create another");
    case KeyState::kDestroyed:
      return Refuse(key, reason::kKeyDestroyed, "is destroyed, which is final; create another");
    case KeyState::kDisabled:
    case KeyState::kEnabled:
      break;
  }
  return Defect(absl::StrCat("key ", key.kid.value(), " is published, or in no known state"));
}

KeyRecord MoveTo(KeyState state, const KeyRecord& key, const Occasion& occasion) {
  KeyRecord moved = key;
  moved.state = state;
  moved.update_time = occasion.proven_now;
  if (key.state == KeyState::kEnabled) moved.disable_time = occasion.proven_now;
  return moved;
}

absl::StatusOr<KeyRecord> Generated(const KeyRecord& key, const Occasion& occasion) {
  if (IsPublished(key)) return key;
  if (key.state != KeyState::kPendingGeneration) return RefuseUnpublished(key);
  KeyRecord moved = MoveTo(KeyState::kDisabled, key, occasion);
  moved.publish_time = occasion.proven_now;
  return moved;
}

absl::StatusOr<KeyRecord> GenerationFailed(const KeyRecord& key, const Occasion& occasion) {
  if (key.state == KeyState::kGenerationFailed) return key;
  if (key.state != KeyState::kPendingGeneration) return RefuseUnpublished(key);
  return MoveTo(KeyState::kGenerationFailed, key, occasion);
}

absl::StatusOr<KeyRecord> Enable(const KeyRecord& key, const Occasion& occasion) {
  if (key.state == KeyState::kEnabled) return key;
  if (key.state != KeyState::kDisabled) return RefuseUnpublished(key);
  // A PREVIOUS key has been public all the time: it may come back at once.
  if (RoleOf(key) == KeyRole::kNext && occasion.force == Force::kNo) {
    const absl::Time activatable = ActivatableTime(key, occasion.policy);
    if (occasion.proven_now < activatable) {
      return RefuseUntil(key, reason::kKeyNotYetActivatable, "may be unknown to verifiers", "activatable_time", activatable,
                         occasion.now);
    }
  }
  KeyRecord moved = MoveTo(KeyState::kEnabled, key, occasion);
  moved.enable_time = occasion.proven_now;
  return moved;
}

absl::StatusOr<KeyRecord> Disable(const KeyRecord& key, const Occasion& occasion) {
  if (key.state == KeyState::kDisabled) return key;
  if (key.state != KeyState::kEnabled) return RefuseUnpublished(key);
  if (occasion.force == Force::kNo) {
    return Refuse(key, reason::kForceRequired, "is the one that signs; enable another instead, or use force");
  }
  return MoveTo(KeyState::kDisabled, key, occasion);
}

absl::StatusOr<KeyRecord> Supersede(const KeyRecord& key, const Occasion& occasion) {
  if (key.state == KeyState::kDisabled) return key;
  if (key.state != KeyState::kEnabled) return RefuseUnpublished(key);
  return MoveTo(KeyState::kDisabled, key, occasion);
}

absl::StatusOr<KeyRecord> Revoke(const KeyRecord& key, const Occasion& occasion) {
  if (key.state == KeyState::kRevoked) return key;
  if (!IsPublished(key)) return RefuseUnpublished(key);
  if (key.state == KeyState::kEnabled && occasion.force == Force::kNo) {
    return Refuse(key, reason::kKeyEnabled, "is enabled; enable another first, or use force");
  }
  KeyRecord moved = MoveTo(KeyState::kRevoked, key, occasion);
  moved.revoke_time = occasion.proven_now;
  return moved;
}

absl::Status CheckRetention(const KeyRecord& key, const Occasion& occasion) {
  if (occasion.force == Force::kYes) return absl::OkStatus();
  const absl::Time deletable = DeletableTime(key, occasion.policy);
  if (deletable == absl::InfiniteFuture()) {
    return Refuse(key, reason::kKeyInRetention, "is kept until it is revoked; revoke it first, or use force");
  }
  if (occasion.proven_now >= deletable) return absl::OkStatus();
  return RefuseUntil(key, reason::kKeyInRetention, "may have signed tokens that do not expire", "deletable_time", deletable,
                     occasion.now);
}

KeyRecord Destroy(const KeyRecord& key, const Occasion& occasion) {
  KeyRecord moved = MoveTo(KeyState::kDestroyed, key, occasion);
  moved.destroy_time = occasion.proven_now;
  return moved;
}

absl::StatusOr<KeyRecord> Retire(const KeyRecord& key, const Occasion& occasion) {
  if (!IsPublished(key)) return RefuseUnpublished(key);
  switch (RoleOf(key)) {
    case KeyRole::kCurrent:
      return Refuse(key, reason::kKeyEnabled, "is enabled; enable another first");
    case KeyRole::kNext:
      return Refuse(key, reason::kKeyNotEnabled, "was never enabled; it is not retired but deleted");
    case KeyRole::kPrevious:
    case KeyRole::kNone:
      break;
  }
  const absl::Time retirable = RetirableTime(key, occasion.policy);
  if (occasion.force == Force::kNo && occasion.proven_now < retirable) {
    return RefuseUntil(key, reason::kKeyInRetention, "may have signed tokens that do not expire", "retirable_time", retirable,
                       occasion.now);
  }
  return Destroy(key, occasion);
}

absl::StatusOr<KeyRecord> Delete(const KeyRecord& key, const Occasion& occasion) {
  switch (key.state) {
    case KeyState::kPendingGeneration:
    case KeyState::kDestroyed:
      return RefuseUnpublished(key);
    case KeyState::kEnabled:
      return Refuse(key, reason::kKeyEnabled, "is enabled; enable another or disable it first");
    case KeyState::kDisabled:
      SIGNET_RETURN_IF_ERROR(CheckRetention(key, occasion));
      break;
    case KeyState::kRevoked:
    case KeyState::kGenerationFailed:
      break;
  }
  return Destroy(key, occasion);
}

}  // namespace

KeyRole RoleOf(const KeyRecord& key) {
  if (key.state == KeyState::kEnabled) return KeyRole::kCurrent;
  if (key.state != KeyState::kDisabled) return KeyRole::kNone;
  return key.enable_time ? KeyRole::kPrevious : KeyRole::kNext;
}

bool IsLive(const KeyRecord& key) { return key.state == KeyState::kPendingGeneration || IsPublished(key); }

bool IsPublished(const KeyRecord& key) { return key.state == KeyState::kDisabled || key.state == KeyState::kEnabled; }

absl::Time ActivatableTime(const KeyRecord& key, const ResolvedPolicy& policy) {
  return std::max(key.publish_time.value_or(absl::InfiniteFuture()) + policy.activation_delay, policy.earliest_activation);
}

absl::Time TokensEndTime(const KeyRecord& key) { return key.usage.token_expiry_bound.value_or(absl::InfinitePast()) + kClockSkew; }

absl::Time RetirableTime(const KeyRecord& key, const ResolvedPolicy& policy) {
  if (key.state == KeyState::kEnabled) return absl::InfiniteFuture();
  if (RoleOf(key) != KeyRole::kPrevious) return absl::InfinitePast();
  return std::max(TokensEndTime(key), key.disable_time.value_or(absl::InfiniteFuture()) + policy.min_retention);
}

absl::Time DeletableTime(const KeyRecord& key, const ResolvedPolicy& policy) {
  if (RoleOf(key) == KeyRole::kPrevious && policy.retain_until_revoked) return absl::InfiniteFuture();
  return RetirableTime(key, policy);
}

absl::Time RetireTime(const KeyRecord& key, const ResolvedPolicy& policy) {
  if (RoleOf(key) != KeyRole::kPrevious || !policy.retires) return absl::InfiniteFuture();
  return std::max(DeletableTime(key, policy), key.disable_time.value_or(absl::InfiniteFuture()) + policy.retirement_delay);
}

absl::StatusOr<KeyRecord> Apply(const KeyRecord& key, KeyVerb verb, Force force, absl::Time now, const ResolvedPolicy& policy) {
  const Occasion occasion{force, now, std::max(now, key.update_time), policy};
  switch (verb) {
    case KeyVerb::kGenerated:
      return Generated(key, occasion);
    case KeyVerb::kGenerationFailed:
      return GenerationFailed(key, occasion);
    case KeyVerb::kEnable:
      return Enable(key, occasion);
    case KeyVerb::kDisable:
      return Disable(key, occasion);
    case KeyVerb::kSuperseded:
      return Supersede(key, occasion);
    case KeyVerb::kRevoke:
      return Revoke(key, occasion);
    case KeyVerb::kDelete:
      return Delete(key, occasion);
    case KeyVerb::kRetire:
      return Retire(key, occasion);
  }
  return Defect("no such verb of a key's life");
}

}  // namespace signet::keystore
