#ifndef SIGNET_SERVER_CORE_RESERVED_TENANT_H_
#define SIGNET_SERVER_CORE_RESERVED_TENANT_H_

#include "absl/status/status.h"
#include "keystore/ids.h"

namespace signet::core {

// Checks that `tenant` is not Signet's own. Every use case that creates or changes tenants, rings or keys on a caller's behalf, or
// signs with them, asks this first, where the caller comes in; what Signet does by itself (EnsureSystemTenant, the scheduler, the
// issue of API tokens) enters behind it. RotateKeys does not ask, so that a compromised key can be replaced.
//   kFailedPrecondition  TENANT_RESERVED
absl::Status CheckNotReserved(const keystore::TenantId& tenant);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RESERVED_TENANT_H_
