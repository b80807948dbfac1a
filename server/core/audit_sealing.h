#ifndef SIGNET_SERVER_CORE_AUDIT_SEALING_H_
#define SIGNET_SERVER_CORE_AUDIT_SEALING_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/resource_lookup.h"
#include "server/core/services.h"
#include "server/core/trail_check.h"

namespace signet::core {

// AuditSealer seals the audit trail at intervals: the ENABLED key of the audit ring signs the hash of the last event, in an event
// of its own and in a line of the log, so that a log that is kept elsewhere anchors the trail. For one thread; one replica at a
// time is to do it, though two seals of the same are harmless.
//
// It signs nothing unseen: it follows the chain from what it sealed last. A break since then is logged and becomes an event
// "AuditTrailBroken" beside the seal, which then covers it: the trail goes on, but nobody can hide that it was broken.
class AuditSealer {
 public:
  struct Options {
    // Seals when so many events are not sealed,
    int64_t max_events = 1000;
    // or one has not been for so long. Seals themselves need none.
    absl::Duration max_age = absl::Minutes(10);
  };
  // `services` is borrowed.
  AuditSealer(const Options& options, const Services& services) : options_(options), services_(services) {}

  // Seals if it is due, and returns whether it did. Does nothing while there is no key to seal with. After an error it is still
  // due; a seal of unknown outcome is looked for before another is made.
  //   as KeyStore and hsm::Signer::Sign; kAborted CONCURRENT_CHANGE: the ring changed meanwhile
  absl::StatusOr<bool> SealIfDue();

 private:
  // The ring, and its key that signs; nullopt while there is none.
  absl::StatusOr<std::optional<KeyInRing>> FindSealingKey();
  // Whether the trail must be sealed, by what is known to be sealed.
  absl::StatusOr<bool> IsDue();
  // Looks in the store for what other replicas, and former processes, have sealed.
  absl::Status FindLastSeal();
  // Follows the chain from what is sealed to its end, which it returns, and finds the first break.
  absl::StatusOr<TrailPosition> FollowChain(std::optional<TrailBreak>& first_break);
  absl::Status Seal(const KeyInRing& key, const TrailPosition& end, const std::optional<TrailBreak>& first_break);

  const Options options_;
  const Services& services_;
  // The last event that is sealed, as the seal tells; without its revision.
  TrailPosition sealed_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUDIT_SEALING_H_
