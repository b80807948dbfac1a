#ifndef SIGNET_KEYSTORE_LIFECYCLE_H_
#define SIGNET_KEYSTORE_LIFECYCLE_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/policy.h"
#include "keystore/records.h"

namespace signet::keystore {

// What can happen to a key. kSuperseded is the fate of the enabled key when another of its ring is enabled; kRetire is the deletion
// of a PREVIOUS key by the scheduler, or by a rotation that needs its place.
enum class KeyVerb { kGenerated, kGenerationFailed, kEnable, kDisable, kSuperseded, kRevoke, kDelete, kRetire };

// Force says whether the caller accepts what a rule protects against.
enum class Force { kNo, kYes };

enum class KeyRole { kNone, kCurrent, kNext, kPrevious };

// Tells what a key is to its ring.
KeyRole RoleOf(const KeyRecord& key);

// Tells whether a key counts against max_keys: PENDING_GENERATION, DISABLED or ENABLED.
bool IsLive(const KeyRecord& key);

// Tells whether a key stands in the JWKS and verifies: DISABLED or ENABLED.
bool IsPublished(const KeyRecord& key);

// From when the key may be enabled without force; only for the role NEXT.
absl::Time ActivatableTime(const KeyRecord& key, const ResolvedPolicy& policy);

// Until when tokens of the key are honoured: its token_expiry_bound plus the skew; InfinitePast if it never signed.
absl::Time TokensEndTime(const KeyRecord& key);

// From when a rotation may retire a PREVIOUS key to make room: once its tokens have ended, and min_retention after its
// disable_time. For NEXT, which never signed, InfinitePast; for CURRENT, InfiniteFuture.
absl::Time RetirableTime(const KeyRecord& key, const ResolvedPolicy& policy);

// From when the key may be deleted without force: as RetirableTime, but InfiniteFuture for a PREVIOUS key that is kept until it is
// revoked.
absl::Time DeletableTime(const KeyRecord& key, const ResolvedPolicy& policy);

// When the scheduler retires a PREVIOUS key: once it is deletable, and retirement_delay after its disable_time; InfiniteFuture if
// keys of the policy do not go by themselves, and for every other role.
absl::Time RetireTime(const KeyRecord& key, const ResolvedPolicy& policy);

// Returns the key as `verb` leaves it at `now`, or why the verb is refused. Pure: the one place that knows the rules of a key's
// life. A verb that the state already fulfils (enable an enabled key, disable a disabled one, revoke a revoked one) returns the key
// unchanged; so does kGenerated for a key that is published. Deleting a destroyed key is refused. Sets state, the stage's time,
// and update_time; never revision, usage, kid, public key or in_hsm.
//
// Times never run backwards: if `now` is before the key's update_time, because the clock was set back, that time is what counts.
//   kFailedPrecondition  KEY_ENABLED, KEY_NOT_ENABLED (to retire a NEXT key), KEY_REVOKED, KEY_DESTROYED, KEY_NOT_GENERATED,
//                        FORCE_REQUIRED; KEY_NOT_YET_ACTIVATABLE and KEY_IN_RETENTION with the metadata and retry delay that the
//                        proto documents, the delay by the clock and rounded up to milliseconds
//   kInternal            DEFECT: kGenerationFailed for a key that is published
absl::StatusOr<KeyRecord> Apply(const KeyRecord& key, KeyVerb verb, Force force, absl::Time now, const ResolvedPolicy& policy);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_LIFECYCLE_H_
