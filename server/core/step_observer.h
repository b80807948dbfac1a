#ifndef SIGNET_SERVER_CORE_STEP_OBSERVER_H_
#define SIGNET_SERVER_CORE_STEP_OBSERVER_H_

#include "absl/strings/string_view.h"

namespace signet::core {

// StepObserver is told when a use case reaches a step between which a crash matters. The server's does nothing; the crash
// tests' binary has one that kills the process.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual void Reached(absl::string_view step) { (void)step; }
};

// The steps, in the order in which a key passes them.
inline constexpr absl::string_view kStepCreateIntended = "create.intended";
inline constexpr absl::string_view kStepCreateGenerated = "create.generated";
inline constexpr absl::string_view kStepCreateCommitted = "create.committed";
inline constexpr absl::string_view kStepDestroyCommitted = "destroy.committed";
inline constexpr absl::string_view kStepDestroyDone = "destroy.done";
inline constexpr absl::string_view kStepDestroyConfirmed = "destroy.confirmed";
// Those of a wrapping key, in its order.
inline constexpr absl::string_view kStepWrappingIntended = "wrapping.intended";
inline constexpr absl::string_view kStepWrappingGenerated = "wrapping.generated";
inline constexpr absl::string_view kStepWrappingCommitted = "wrapping.committed";
inline constexpr absl::string_view kStepWrappingDestroyed = "wrapping.destroyed";
// Those of a rotation, in its order. Making a key and destroying one have theirs in between.
inline constexpr absl::string_view kStepRotateSupplied = "rotate.supplied";
inline constexpr absl::string_view kStepRotateCommitted = "rotate.committed";
inline constexpr absl::string_view kStepRotateCleared = "rotate.cleared";
inline constexpr absl::string_view kStepRotateNextMade = "rotate.next_made";

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_STEP_OBSERVER_H_
