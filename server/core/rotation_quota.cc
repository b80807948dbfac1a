#include "server/core/rotation_quota.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/policy.h"

namespace signet::core {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

}  // namespace

absl::Status TakeRotationQuota(keystore::RingRecord& ring, absl::Time now) {
  const int per_day = keystore::Resolve(ring.policy).rotations_per_day;
  if (per_day == 0) return absl::OkStatus();
  absl::Time clock = std::max(now, ring.rotation_quota_time.value_or(now));
  // It never runs ahead by more than a day, so that this machine's clock was set back by the rest. What is left of a small step is
  // waited for, after a large one it begins anew.
  if (clock > now + 2 * kDay) clock = now;
  clock += kDay / per_day;
  if (clock > now + kDay) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kRotationQuota,
                 absl::StrCat("the ring was rotated ", per_day, " times, its rotations_per_day; wait, or raise it"),
                 {{"rotations_per_day", absl::StrCat(per_day)}}, absl::Ceil(clock - now - kDay, absl::Milliseconds(1)));
  }
  ring.rotation_quota_time = clock;
  return absl::OkStatus();
}

}  // namespace signet::core
