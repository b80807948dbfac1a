#ifndef SIGNET_SERVER_CORE_RING_MAINTENANCE_H_
#define SIGNET_SERVER_CORE_RING_MAINTENANCE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "keystore/rotation_plan.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

// Does what was planned for a ring, in the name of "system". Looks again whether it is still planned and due, and does nothing if
// it is not: so it may be done by several replicas, late, or twice.
//   as RotateKeys, KeyStore and Hsm; nothing is half done but what a restart or a repetition ends
absl::Status DoPlannedStep(const Services& services, const RingName& ring, const keystore::PlannedStep& step);

// What metrics and events call an action: "rotate", "activate", "make_next", "retire", "forget", "give_up".
absl::string_view NameOf(keystore::PlannedStep::Action action);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RING_MAINTENANCE_H_
