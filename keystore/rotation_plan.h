#ifndef SIGNET_KEYSTORE_ROTATION_PLAN_H_
#define SIGNET_KEYSTORE_ROTATION_PLAN_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/records.h"

namespace signet::keystore {

// What a ring's policy has planned, and what a rotation would do: pure functions over the ring and its keys. `keys` are all of the
// ring that are not DESTROYED, in any order.

// How long a key may take to be generated. One that is ready later than that is thrown away.
inline constexpr absl::Duration kLongestGeneration = absl::Minutes(10);

// PlannedStep is something that the scheduler does once `time` has come; InfinitePast means now.
struct PlannedStep {
  enum class Action {
    // An automatic rotation starts.
    kRotate,
    // The rotation that is under way gets the NEXT key that it lacks.
    kSupplyRotation,
    // The rotation that is under way ends: `key` becomes CURRENT.
    kActivate,
    // A NEXT key is made, which keep_next asks for and there is room for.
    kMakeNext,
    // `key`, which is PREVIOUS, is deleted.
    kRetire,
    // `key`, which is REVOKED and older than revoked_history, or could not be generated a day ago, is deleted.
    kForget,
    // `key`, which has been PENDING_GENERATION for kLongestGeneration, is given up: whoever made it has died, or could not learn
    // whether its intent was stored.
    kGiveUp,
  };
  Action action;
  absl::Time time;
  // Empty where the action is about no key, or one that does not exist.
  KeyUid key;
  friend bool operator==(const PlannedStep&, const PlannedStep&) = default;
};

// RingTerms is what a plan depends on of a ring.
struct RingTerms {
  ResolvedPolicy policy;
  // A rotation of the ring waits for its NEXT key.
  bool is_under_way = false;
};
RingTerms TermsOf(const RingRecord& ring);

// Returns what is planned, by time. It is the same in every replica: rings are spread by the id of their CURRENT key.
std::vector<PlannedStep> PlanRing(const RingTerms& ring, const std::vector<KeyRecord>& keys);
std::vector<PlannedStep> PlanRing(const RingRecord& ring, const std::vector<KeyRecord>& keys);

// Whether a rotation of the ring waits for its NEXT key.
bool IsUnderWay(const RingRecord& ring);

// Returns the ring's next rotation, begun at `now` and under way.
Rotation BeginRotation(const RingRecord& ring, absl::Time now);

// When the next automatic rotation starts; InfiniteFuture if none is planned, also while one is under way.
absl::Time NextRotationTime(const RingRecord& ring, const std::vector<KeyRecord>& keys);

// The key that signs, and the one that will be the next to: of several, that which verifiers have known longest. nullptr if there
// is none.
const KeyRecord* FindCurrent(const std::vector<KeyRecord>& keys);
const KeyRecord* FindNext(const std::vector<KeyRecord>& keys);

// Picks the PREVIOUS keys that go so that `places` more keys find room among the `live` ones: first those that could go longest.
// Force takes them even if their tokens are still valid.
//   kFailedPrecondition  KEY_LIMIT_REACHED with `max_keys`; if time alone helps also `retirable_time` and the delay until then
absl::StatusOr<std::vector<KeyRecord>> PickRetired(const std::vector<KeyRecord>& live, const ResolvedPolicy& policy, int places,
                                                   Force force, absl::Time now);

// Purge says whether a rotation revokes all other keys.
enum class Purge { kNo, kYes };

// TimelineStep is one thing that a rotation does to one key.
struct TimelineStep {
  enum class Action { kPublish = 1, kActivate, kLastTokenExpires, kRetire, kRevoke };
  absl::Time time;
  Action action;
  // Empty for a key that is yet to be made.
  Kid key;
  friend bool operator==(const TimelineStep&, const TimelineStep&) = default;
};

// Returns what a rotation that starts at `start` would do and when, by time, as far as it is known now: until it is superseded, the
// CURRENT key is taken to sign tokens of max_token_ttl.
//   as PickRetired
absl::StatusOr<std::vector<TimelineStep>> RotationTimeline(const RingRecord& ring, const std::vector<KeyRecord>& keys,
                                                           absl::Time start, Purge purge, Force force);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_ROTATION_PLAN_H_
