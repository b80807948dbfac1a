#ifndef SIGNET_SERVER_CORE_ROTATION_QUOTA_H_
#define SIGNET_SERVER_CORE_ROTATION_QUOTA_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keystore/records.h"

namespace signet::core {

// Takes one rotation out of the quota of `ring` at `now`: a bucket of rotations_per_day that refills evenly over a day, kept as a
// virtual clock in rotation_quota_time. Only changes the record. Does nothing where the policy sets no limit.
//   kResourceExhausted  ROTATION_QUOTA with `rotations_per_day` and the delay until there is one again; `ring` is unchanged
absl::Status TakeRotationQuota(keystore::RingRecord& ring, absl::Time now);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ROTATION_QUOTA_H_
