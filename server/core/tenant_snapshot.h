#ifndef SIGNET_SERVER_CORE_TENANT_SNAPSHOT_H_
#define SIGNET_SERVER_CORE_TENANT_SNAPSHOT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"
#include "server/core/jwks.h"
#include "server/core/published_key.h"
#include "server/core/published_keys.h"

namespace signet::core {

// TenantSnapshot is all that signing, verifying and serving the JWKS need to know of a tenant. Immutable. There is one for each
// tenant, whether it is used or not: what can be worked out of it when it is asked for is not in it.
struct TenantSnapshot {
  keystore::TenantRecord tenant;
  // The issuer in force.
  std::string issuer;
  struct Ring : keystore::RingTerms {
    // The key that signs, if there is one.
    std::shared_ptr<const PublishedKey> current;  // Shared with `published`.
  };
  std::map<keystore::RingId, Ring> rings;
  PublishedKeys published;
  JwksLife jwks_life;

  // The JOSE names of the published keys' algorithms, sorted, each once; for discovery.
  std::vector<std::string> SigningAlgorithms() const;
};

// TenantParts is what a snapshot is made of.
struct TenantParts {
  keystore::TenantRecord tenant;
  // Those that are not deleted.
  std::map<keystore::RingId, keystore::RingTerms> rings;
  PublishedKeys keys;
};

std::shared_ptr<const TenantSnapshot> BuildSnapshot(TenantParts parts, absl::string_view public_url);
// The parts that `snapshot` was built of.
TenantParts PartsOf(const TenantSnapshot& snapshot);

// The issuer of a tenant: its own, or "{public_url}/t/{tenant}".
std::string IssuerOf(const keystore::TenantRecord& tenant, absl::string_view public_url);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANT_SNAPSHOT_H_
