#ifndef SIGNET_SERVER_RPC_TENANT_CALLS_H_
#define SIGNET_SERVER_RPC_TENANT_CALLS_H_

#include "absl/status/status.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/tenants.h"
#include "signet/v1/tenant.pb.h"
#include "signet/v1/tenant_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.TenantService: each reads a request, has `tenants` do it and fills the response. All block on the store.
// The errors are those that the proto documents; beside those of core::Tenants and of tenant_access.h
//   kInvalidArgument  MISSING_FIELD, INVALID_FIELD, INVALID_NAME: a field of the request
absl::Status CreateTenant(core::Tenants& tenants, const core::Principal& caller, const v1::CreateTenantRequest& request,
                          v1::Tenant& response);
absl::Status GetTenant(core::Tenants& tenants, const v1::GetTenantRequest& request, v1::Tenant& response);
absl::Status ListTenants(core::Tenants& tenants, const core::Principal& caller, const v1::ListTenantsRequest& request,
                         v1::ListTenantsResponse& response);
absl::Status UpdateTenant(core::Tenants& tenants, const core::KeyDirectory& directory, const core::Principal& caller,
                          const v1::UpdateTenantRequest& request, v1::Tenant& response);
absl::Status DeleteTenant(core::Tenants& tenants, const core::KeyDirectory& directory, const core::Principal& caller,
                          const v1::DeleteTenantRequest& request);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_TENANT_CALLS_H_
