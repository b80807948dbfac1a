#include "server/core/reserved_tenant.h"

#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"

namespace signet::core {

absl::Status CheckNotReserved(const keystore::TenantId& tenant) {
  if (tenant.value() != kSystemTenant) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, reason::kTenantReserved,
               "the tenant system and its key rings are signet's own; use another tenant");
}

}  // namespace signet::core
