#ifndef SIGNET_SERVER_CORE_PRINCIPAL_H_
#define SIGNET_SERVER_CORE_PRINCIPAL_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/key_directory.h"
#include "server/core/scope.h"

namespace signet::core {

// Principal is who calls. Immutable once made; calls share it.
struct Principal {
  // For the audit trail: "tenants/acme/credentials/ci", an identity of the configuration such as "spiffe://example.org/issuer", or
  // "local" where callers are not authenticated.
  std::string name;
  // Whom it belongs to: it reaches this tenant and all below it. Absent: it reaches every tenant, as the system's own do.
  std::optional<keystore::TenantId> tenant = std::nullopt;
  ScopeSet scopes = {};
  keystore::SigningProfile signing_profile = {};
};

// The principal of servers that authenticate nobody: it may do everything.
const Principal& LocalPrincipal();

// Whether `principal` reaches every tenant, and what belongs to none.
bool ReachesAll(const Principal& principal);

// Whether `principal` reaches `tenant`, as the directory shows the tree. One that is not in the directory is reached only by those
// who reach all.
bool Reaches(const KeyDirectory& directory, const Principal& principal, const keystore::TenantId& tenant);
// Whether it also reaches what is above `tenant`: a tenant cannot be moved out of its parent's hands by its own principals.
bool ReachesAbove(const KeyDirectory& directory, const Principal& principal, const keystore::TenantId& tenant);

// OK if `principal` reaches `tenant`.
//   kNotFound  TENANT_NOT_FOUND, the same for a tenant that does not exist and for one that is out of reach
absl::Status CheckReach(const KeyDirectory& directory, const Principal& principal, const keystore::TenantId& tenant);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PRINCIPAL_H_
