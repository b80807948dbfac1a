#ifndef SIGNET_SERVER_CORE_TENANT_ACCESS_H_
#define SIGNET_SERVER_CORE_TENANT_ACCESS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/tenants.h"

namespace signet::core {

// What a caller may do to the tree of tenants, beyond the tenants that it reaches: nobody moves a tenant out of the hands of who is
// above it, nor has it answer for another host or issuer, with a credential of that tenant. Roots are the system's own affair. That
// the tenants are reached which a call names, new parents included, was checked before.
//
// All refuse with
//   kPermissionDenied  OUT_OF_REACH

absl::Status CheckMayCreate(const Principal& caller, const NewTenant& tenant);

// Returns `update` without what would change nothing, if the caller may not change it: whoever reads a tenant, changes its name and
// writes it back also sends the rest. `present` is the tenant as the caller may have seen it.
absl::StatusOr<TenantUpdate> AllowedUpdate(const KeyDirectory& directory, const Principal& caller, const TenantView& present,
                                           TenantUpdate update);

absl::Status CheckMayDelete(const KeyDirectory& directory, const Principal& caller, const keystore::TenantId& tenant);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANT_ACCESS_H_
