#ifndef SIGNET_KEYSTORE_POLICY_H_
#define SIGNET_KEYSTORE_POLICY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keystore/records.h"

namespace signet::keystore {

// ResolvedPolicy is a KeyPolicy in which every field has its value: as set, or as the preset has it.
struct ResolvedPolicy {
  Preset preset = Preset::kStandard;
  int max_keys = 0;
  bool keep_next = false;
  bool automatic = false;
  absl::Duration period = absl::InfiniteDuration();
  absl::Duration activation_delay;
  absl::Duration min_retention = absl::ZeroDuration();
  bool retain_until_revoked = false;
  absl::Duration retirement_delay = absl::ZeroDuration();
  // Derived: superseded keys go by themselves.
  bool retires = true;
  absl::Duration signing_grace = absl::Seconds(5);
  absl::Duration idempotency_window = absl::ZeroDuration();
  // 0: any number.
  int rotations_per_day = 0;
  int revoked_history = 0;
  absl::Duration max_token_ttl;
  // Derived: how long a token lives for which no life is asked. At most max_token_ttl, and a day.
  absl::Duration default_token_ttl;
  absl::Duration jwks_max_age;
  // No key of the ring may be enabled before: InfinitePast unless activation_delay is derived.
  absl::Time earliest_activation = absl::InfinitePast();
};

// How far clocks of verifiers may be off; added to the life of the last token.
inline constexpr absl::Duration kClockSkew = absl::Minutes(1);

// By how much a key's token_expiry_bound passes the expiry that made it move: what a key may be kept longer than its last token
// needs.
inline constexpr absl::Duration kTokenExpiryStep = absl::Minutes(10);

// Fills in the preset's values, as KeyPolicy's proto describes them; a derived activation_delay is the jwks_max_age, and not before
// the policy's jwks_cached_until.
ResolvedPolicy Resolve(const KeyPolicy& policy);

// Until when a verifier may hold a JWKS that it fetched at `now` or before. A ring that begins to promise less, and a new ring,
// keep it as their jwks_cached_until, so that a shorter promise never makes a key sign that older copies lack.
absl::Time CachedUntil(const KeyPolicy& policy, absl::Time now);

// Checks the ranges that KeyPolicy's proto documents, and that the policy as a whole can be lived by: that its keys find room, and
// that an automatic rotation is over before the next one begins.
//   kInvalidArgument  INVALID_FIELD with `policy.FIELD`
absl::Status ValidatePolicy(const KeyPolicy& policy);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_POLICY_H_
