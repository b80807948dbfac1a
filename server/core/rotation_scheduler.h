#ifndef SIGNET_SERVER_CORE_ROTATION_SCHEDULER_H_
#define SIGNET_SERVER_CORE_ROTATION_SCHEDULER_H_

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"
#include "server/core/audit_sealing.h"
#include "server/core/metrics.h"
#include "server/core/names.h"
#include "server/core/rewrapping.h"
#include "server/core/services.h"

namespace signet::core {

// RotationScheduler does what the policies of all rings have planned (keystore/rotation_plan.h) when its time has come: automatic
// rotations, NEXT keys, retirements; and it destroys the private keys that are left of retired ones. One replica at a time does it,
// by a lease in the store. What fell due while none ran is done at the next pass. A step that fails holds up no other; it is tried
// again after 5 s, then twice as long each time up to 10 minutes, and leaves an event "PlannedStepFailed" for its first failure,
// and a metric for each outcome. One that must wait, such as for a place in a full ring, has not failed.
//
// The same replica seals the audit trail (AuditSealer), and wraps keys anew (Rewrapping), for a second in each pass; where one of
// these fails, it is tried again after a minute.
//
// It follows the store's revision, so that a pass in which nothing is due reads only what has changed.
class RotationScheduler {
 public:
  struct Options {
    // From one pass to the next.
    absl::Duration interval = absl::Seconds(2);
    // How long a replica that died holds the lease.
    absl::Duration lease = absl::Seconds(15);
    AuditSealer::Options sealing = {};
  };
  // `services` and `metrics` are borrowed. Does nothing by itself until Start.
  RotationScheduler(const Options& options, const Services& services, Metrics& metrics);
  // As Stop.
  ~RotationScheduler();

  // Starts a thread that calls RunPass again and again.
  void Start();
  // Ends it, after the step that is at work, and leaves the lease to other replicas. Idempotent.
  void Stop();

  // Does everything that is due now, also what falls due by that. Failed steps are left to later passes. Not while Start's thread
  // runs: for tests.
  //   as KeyStore, if the lease or the plans could not be read
  absl::Status RunPass();

 private:
  // Which step of a ring.
  using StepId = std::pair<keystore::PlannedStep::Action, keystore::KeyUid>;
  // RingPlan is when a ring is to be looked at, and what failed when it was.
  struct RingPlan {
    absl::Time due = absl::InfiniteFuture();
    // When that was decided: a clock that was set back since voids it.
    absl::Time decided_at = absl::InfinitePast();
    std::map<StepId, int> failures = {};
  };

  void Work();
  absl::StatusOr<bool> HoldLease();
  // Reads what has changed since the last pass, and plans those rings anew.
  absl::Status FollowChanges();
  absl::Status PlanAnew(const RingName& name);
  // Does what is due in one ring, and plans it anew.
  absl::Status RunRing(const RingName& name);
  // Counts a failure of `step`, tells of it, and returns when it is to be tried again.
  absl::Time NoteFailure(const RingName& name, const keystore::PlannedStep& step, const absl::Status& error,
                         std::map<StepId, int>& failures);
  void ReportFailure(const RingName& name, const keystore::PlannedStep& step, const absl::Status& error, int failures);
  // Destroys what the calls that retired keys could not.
  void DestroyLeftovers();
  void SealTrail();
  void RewrapKeys();
  bool IsStopping();

  const Options options_;
  const Services services_;
  Metrics& metrics_;
  // Of this process, for the lease.
  const std::string holder_;
  // Only touched by the thread that runs passes.
  keystore::Revision revision_ = 0;
  std::map<RingName, RingPlan> plans_;
  // Keys that are not live and whose private half the HSM may still hold, with the time of their last change.
  std::map<keystore::KeyUid, absl::Time> leftovers_;
  absl::Time leftovers_due_ = absl::InfinitePast();
  AuditSealer sealer_;
  absl::Time sealing_due_ = absl::InfinitePast();
  Rewrapping rewrapping_;
  absl::Time rewrapping_due_ = absl::InfinitePast();

  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ROTATION_SCHEDULER_H_
