#include "server/core/rotation_result.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/rotation_plan.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyRole;

void SortByRole(std::vector<KeyRecord>& keys) {
  static_assert(KeyRole::kCurrent < KeyRole::kNext && KeyRole::kNext < KeyRole::kPrevious);
  const auto rank = [](const KeyRecord& key) { return std::pair(keystore::RoleOf(key), -key.create_revision); };
  std::sort(keys.begin(), keys.end(), [&](const KeyRecord& a, const KeyRecord& b) { return rank(a) < rank(b); });
}

// When the new key begins to sign. One that is still to be made can be known at the earliest so long after it is made.
absl::Time EffectiveTime(const keystore::Rotation& rotation, const std::vector<KeyRecord>& live,
                         const keystore::ResolvedPolicy& policy) {
  if (rotation.activation_time) return *rotation.activation_time;
  const KeyRecord* next = keystore::FindNext(live);
  if (next != nullptr) return keystore::ActivatableTime(*next, policy);
  return std::max(rotation.start_time + policy.activation_delay, policy.earliest_activation);
}

}  // namespace

absl::StatusOr<RotationResult> MakeRotationResult(keystore::KeyStore& store, const keystore::RingRecord& ring,
                                                  const keystore::Rotation& rotation, std::vector<KeyRecord> live) {
  RotationResult result;
  result.ring = {ring.tenant, ring.id};
  SIGNET_ASSIGN_OR_RETURN(result.rotation, MakeRotationView(store, rotation, live));
  const keystore::ResolvedPolicy policy = keystore::Resolve(ring.policy);
  result.effective_time = EffectiveTime(rotation, live, policy);
  SortByRole(live);
  for (KeyRecord& key : live) {
    if (keystore::IsPublished(key)) result.keys.push_back(MakeKeyView(std::move(key), policy));
  }
  return result;
}

}  // namespace signet::core
