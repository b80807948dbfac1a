#include "keystore/rotation_plan.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::keystore {
namespace {

using Step = PlannedStep::Action;

// How long a key that could not be generated is listed: in an HSM that stays ill, each try leaves one.
constexpr absl::Duration kFailureShown = absl::Hours(24);

// How late a ring starts its automatic rotation, so that rings that were made together do not rotate together.
absl::Duration Spread(const KeyUid& current, absl::Duration period) {
  uint32_t hash = 0;
  if (!absl::SimpleHexAtoi(current.value().substr(0, 8), &hash)) return absl::ZeroDuration();
  const absl::Duration most = std::min(period / 100, absl::Hours(1));
  // In whole seconds: times are shown to people.
  return absl::Trunc(most * (hash / 4294967296.0), absl::Seconds(1));
}

bool HoldsState(const std::vector<KeyRecord>& keys, KeyState state) {
  return std::any_of(keys.begin(), keys.end(), [&](const KeyRecord& key) { return key.state == state; });
}

bool HoldsAnotherNext(const std::vector<KeyRecord>& keys, const KeyRecord* next) {
  return std::any_of(keys.begin(), keys.end(), [&](const KeyRecord& key) {
    return RoleOf(key) == KeyRole::kNext && (next == nullptr || key.uid != next->uid);
  });
}

int CountLive(const std::vector<KeyRecord>& keys) { return static_cast<int>(std::count_if(keys.begin(), keys.end(), IsLive)); }

// The REVOKED keys beyond the youngest `history`.
std::vector<KeyRecord> ForgettableKeys(const std::vector<KeyRecord>& keys, int history) {
  std::vector<KeyRecord> revoked;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(revoked),
               [](const KeyRecord& key) { return key.state == KeyState::kRevoked; });
  std::sort(revoked.begin(), revoked.end(), [](const KeyRecord& a, const KeyRecord& b) {
    return std::pair(a.revoke_time, a.create_revision) > std::pair(b.revoke_time, b.create_revision);
  });
  revoked.erase(revoked.begin(), revoked.begin() + std::min<ptrdiff_t>(history, std::ssize(revoked)));
  return revoked;
}

absl::Time NextRotationTime(const RingTerms& ring, const std::vector<KeyRecord>& keys) {
  const KeyRecord* current = FindCurrent(keys);
  if (!ring.policy.automatic || ring.is_under_way || current == nullptr) return absl::InfiniteFuture();
  return current->enable_time.value_or(absl::InfinitePast()) + ring.policy.period + Spread(current->uid, ring.policy.period);
}

void SortByTime(std::vector<TimelineStep>& steps) {
  std::stable_sort(steps.begin(), steps.end(), [](const TimelineStep& a, const TimelineStep& b) { return a.time < b.time; });
}

}  // namespace

RingTerms TermsOf(const RingRecord& ring) { return {Resolve(ring.policy), IsUnderWay(ring)}; }

bool IsUnderWay(const RingRecord& ring) { return ring.rotation && !ring.rotation->activation_time; }

Rotation BeginRotation(const RingRecord& ring, absl::Time now) {
  Rotation rotation;
  rotation.number = ring.rotation ? ring.rotation->number + 1 : 1;
  rotation.start_time = now;
  rotation.update_time = now;
  return rotation;
}

const KeyRecord* FindCurrent(const std::vector<KeyRecord>& keys) {
  const auto found = std::find_if(keys.begin(), keys.end(), [](const KeyRecord& key) { return RoleOf(key) == KeyRole::kCurrent; });
  return found == keys.end() ? nullptr : &*found;
}

const KeyRecord* FindNext(const std::vector<KeyRecord>& keys) {
  const KeyRecord* next = nullptr;
  for (const KeyRecord& key : keys) {
    if (RoleOf(key) != KeyRole::kNext) continue;
    if (next == nullptr ||
        std::pair(key.publish_time, key.create_revision) < std::pair(next->publish_time, next->create_revision)) {
      next = &key;
    }
  }
  return next;
}

absl::Time NextRotationTime(const RingRecord& ring, const std::vector<KeyRecord>& keys) {
  return NextRotationTime(TermsOf(ring), keys);
}

std::vector<PlannedStep> PlanRing(const RingRecord& ring, const std::vector<KeyRecord>& keys) {
  return PlanRing(TermsOf(ring), keys);
}

std::vector<PlannedStep> PlanRing(const RingTerms& ring, const std::vector<KeyRecord>& keys) {
  const ResolvedPolicy& policy = ring.policy;
  const KeyRecord* next = FindNext(keys);
  // A key that is being made may become the NEXT one: nothing is made beside it.
  const bool lacks_next = next == nullptr && !HoldsState(keys, KeyState::kPendingGeneration);
  std::vector<PlannedStep> plan;
  if (ring.is_under_way) {
    if (next != nullptr) plan.push_back({Step::kActivate, ActivatableTime(*next, policy), next->uid});
    if (lacks_next) plan.push_back({Step::kSupplyRotation, absl::InfinitePast(), {}});
  } else if (policy.keep_next && lacks_next && FindCurrent(keys) != nullptr && CountLive(keys) < policy.max_keys) {
    plan.push_back({Step::kMakeNext, absl::InfinitePast(), {}});
  }
  if (const absl::Time start = NextRotationTime(ring, keys); start != absl::InfiniteFuture()) {
    plan.push_back({Step::kRotate, start, {}});
  }
  for (const KeyRecord& key : keys) {
    const absl::Time retire = RetireTime(key, policy);
    if (retire != absl::InfiniteFuture()) plan.push_back({Step::kRetire, retire, key.uid});
    if (key.state == KeyState::kPendingGeneration) plan.push_back({Step::kGiveUp, key.create_time + kLongestGeneration, key.uid});
    if (key.state == KeyState::kGenerationFailed && !key.in_hsm)
      plan.push_back({Step::kForget, key.update_time + kFailureShown, key.uid});
  }
  for (const KeyRecord& key : ForgettableKeys(keys, policy.revoked_history)) {
    plan.push_back({Step::kForget, absl::InfinitePast(), key.uid});
  }
  std::stable_sort(plan.begin(), plan.end(), [](const PlannedStep& a, const PlannedStep& b) { return a.time < b.time; });
  return plan;
}

absl::StatusOr<std::vector<KeyRecord>> PickRetired(const std::vector<KeyRecord>& live, const ResolvedPolicy& policy, int places,
                                                   Force force, absl::Time now) {
  const int excess = CountLive(live) + places - policy.max_keys;
  if (excess <= 0) return std::vector<KeyRecord>();
  std::vector<KeyRecord> previous;
  std::copy_if(live.begin(), live.end(), std::back_inserter(previous),
               [](const KeyRecord& key) { return RoleOf(key) == KeyRole::kPrevious; });
  std::sort(previous.begin(), previous.end(), [&](const KeyRecord& a, const KeyRecord& b) {
    return std::tuple(RetirableTime(a, policy), a.create_revision) < std::tuple(RetirableTime(b, policy), b.create_revision);
  });
  std::map<std::string, std::string> metadata = {{"max_keys", absl::StrCat(policy.max_keys)}};
  if (std::ssize(previous) < excess) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyLimitReached,
                 absl::StrCat("the ring holds its ", policy.max_keys,
                              " keys, and none of them has been superseded; delete one, or raise max_keys"),
                 std::move(metadata));
  }
  previous.resize(static_cast<size_t>(excess));
  const absl::Time retirable = RetirableTime(previous.back(), policy);
  if (force == Force::kYes || retirable <= now) return previous;
  metadata["retirable_time"] = absl::FormatTime(absl::RFC3339_full, retirable, absl::UTCTimeZone());
  return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyLimitReached,
               absl::StrCat("the ring holds its ", policy.max_keys, " keys, and tokens of the superseded ones are valid until ",
                            metadata["retirable_time"], "; wait, raise max_keys, or use force"),
               metadata, absl::Ceil(retirable - now, absl::Milliseconds(1)));
}

absl::StatusOr<std::vector<TimelineStep>> RotationTimeline(const RingRecord& ring, const std::vector<KeyRecord>& keys,
                                                           absl::Time start, Purge purge, Force force) {
  using Action = TimelineStep::Action;
  const ResolvedPolicy policy = Resolve(ring.policy);
  const KeyRecord* current = FindCurrent(keys);
  const KeyRecord* next = FindNext(keys);
  const Kid next_kid = next == nullptr ? Kid() : next->kid;
  std::vector<TimelineStep> steps;

  absl::Time activate = start;
  if (next == nullptr) steps.push_back({start, Action::kPublish, {}});
  if (purge == Purge::kNo && force == Force::kNo) {
    const absl::Time activatable =
        next != nullptr ? ActivatableTime(*next, policy) : std::max(start + policy.activation_delay, policy.earliest_activation);
    activate = std::max(start, activatable);
  }
  steps.push_back({activate, Action::kActivate, next_kid});
  if (policy.keep_next && !HoldsAnotherNext(keys, next)) steps.push_back({activate, Action::kPublish, {}});

  // As RotateKeys: what happens at the start needs its place then; a key that is made later is made when there is room.
  std::vector<KeyRecord> retired;
  const bool at_once = next != nullptr && activate == start && policy.keep_next && !HoldsAnotherNext(keys, next);
  if (purge == Purge::kNo && (next == nullptr || at_once)) {
    SIGNET_ASSIGN_OR_RETURN(retired, PickRetired(keys, policy, 1, force, start));
  }
  for (const KeyRecord& key : keys) {
    if (!IsPublished(key) || (next != nullptr && key.uid == next->uid)) continue;
    if (purge == Purge::kYes) {
      steps.push_back({activate, Action::kRevoke, key.kid});
      continue;
    }
    KeyRecord superseded = key;
    if (current != nullptr && key.uid == current->uid) {
      superseded.state = KeyState::kDisabled;
      superseded.disable_time = activate;
      superseded.usage.token_expiry_bound =
          std::max(key.usage.token_expiry_bound.value_or(absl::InfinitePast()), activate + policy.max_token_ttl);
    }
    if (RoleOf(superseded) != KeyRole::kPrevious) continue;
    if (superseded.usage.token_expiry_bound) {
      steps.push_back({*superseded.usage.token_expiry_bound, Action::kLastTokenExpires, key.kid});
    }
    const bool makes_room =
        std::any_of(retired.begin(), retired.end(), [&](const KeyRecord& other) { return other.uid == key.uid; });
    // What makes room may have gone by itself before.
    const absl::Time retire = makes_room ? std::min(start, RetireTime(superseded, policy)) : RetireTime(superseded, policy);
    if (retire != absl::InfiniteFuture()) steps.push_back({retire, Action::kRetire, key.kid});
  }
  SortByTime(steps);
  return steps;
}

}  // namespace signet::keystore
