#ifndef SIGNET_SERVER_CORE_JWKS_H_
#define SIGNET_SERVER_CORE_JWKS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"
#include "server/core/published_keys.h"

namespace signet::core {

// Jwks is a JWK set (RFC 7517), ready to be served.
struct Jwks {
  std::string json;
  // Strong, with its quotes: over the content of `json`.
  std::string etag;
};

// Makes the JWK set of `keys`: the ENABLED ones first, then by age, the youngest first. Behind them stand the `custom` ones, in
// their order; but none with the kid of one of `keys`, so that it cannot take that one's place.
Jwks BuildJwks(const PublishedKeys& keys, const std::vector<keystore::CustomSigningKey>& custom = {});

// JwksLife says for how long a JWK set holds.
struct JwksLife {
  // How long it may be cached at most: the shortest jwks_max_age of the tenant's rings, as any of them may be the next to get a
  // key.
  absl::Duration longest_age;
  // When keys are planned to come, to go, or to begin to sign, in order.
  std::vector<absl::Time> planned_changes;

  // How long it may be cached from `now` on: longest_age, or until the next planned change, in whole seconds of at least 1. A
  // change that is overdue is no longer waited for: it may be held up for long.
  absl::Duration MaxAge(absl::Time now) const;
};

// Works out the life of the JWK set of a tenant that has these rings and published keys.
JwksLife PlanJwks(const std::map<keystore::RingId, keystore::RingTerms>& rings, const PublishedKeys& keys);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JWKS_H_
