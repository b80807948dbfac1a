#ifndef SIGNET_KEYSTORE_POLICY_H_
#define SIGNET_KEYSTORE_POLICY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keystore/records.h"

namespace signet::keystore {

// ResolvedPolicy is a KeyPolicy in which every field has its value: as set, or as the preset has it.
struct ResolvedPolicy {
  Preset preset;
  int max_keys;
  absl::Duration activation_delay;
  absl::Duration min_retention;
  bool retain_until_revoked;
  absl::Duration max_token_ttl;
  absl::Duration jwks_max_age;
  // No key of the ring may be enabled before: InfinitePast unless activation_delay is derived.
  absl::Time earliest_activation = absl::InfinitePast();
};

// Fills in the preset's values (design table: STANDARD 3 keys, SAP_BTP 2 keys and 12 h, SAP_EDGE 2 keys, AUTH0 3 keys); a
// derived activation_delay is the jwks_max_age, and not before the policy's jwks_cached_until.
ResolvedPolicy Resolve(const KeyPolicy& policy);

// Until when a verifier may hold a JWKS that it fetched at `now` or before. A ring that begins to promise less, and a new ring,
// keep it as their jwks_cached_until, so that a shorter promise never makes a key sign that older copies lack.
absl::Time CachedUntil(const KeyPolicy& policy, absl::Time now);

// Checks the ranges that KeyPolicy's proto documents.
//   kInvalidArgument  INVALID_FIELD with `policy.FIELD`
absl::Status ValidatePolicy(const KeyPolicy& policy);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_POLICY_H_
