#include "server/rpc/tenant_calls.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "server/core/names.h"
#include "server/core/tenant_access.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/required_field.h"
#include "server/rpc/update_conversion.h"

namespace signet::rpc {
namespace {

absl::StatusOr<core::NewTenant> NewTenantFromProto(const v1::CreateTenantRequest& request) {
  if (!request.has_tenant()) return MissingField("tenant");
  const v1::Tenant& tenant = request.tenant();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::TenantKind> kind, FromProto("tenant.kind", tenant.kind()));
  if (!kind) return MissingField("tenant.kind");
  core::NewTenant result;
  result.kind = *kind;
  if (!request.tenant_id().empty()) SIGNET_RETURN_IF_ERROR(core::CheckTenantId("tenant_id", request.tenant_id()).status());
  result.id = request.tenant_id();
  result.display_name = tenant.display_name();
  if (!tenant.parent().empty()) {
    SIGNET_ASSIGN_OR_RETURN(result.parent, core::ParseTenantName("tenant.parent", tenant.parent()));
  }
  result.issuer = tenant.issuer();
  result.host_aliases.assign(tenant.host_aliases().begin(), tenant.host_aliases().end());
  return result;
}

}  // namespace

absl::Status CreateTenant(core::Tenants& tenants, const core::Principal& caller, const v1::CreateTenantRequest& request,
                          v1::Tenant& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::NewTenant tenant, NewTenantFromProto(request));
  SIGNET_RETURN_IF_ERROR(core::CheckMayCreate(caller, tenant));
  SIGNET_ASSIGN_OR_RETURN(const core::TenantView view, tenants.Create(tenant, ChangeRequestFromProto(request, caller.name, "")));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status GetTenant(core::Tenants& tenants, const v1::GetTenantRequest& request, v1::Tenant& response) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId id, core::ParseTenantName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::TenantView view, tenants.Get(id));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status ListTenants(core::Tenants& tenants, const core::Principal& caller, const v1::ListTenantsRequest& request,
                         v1::ListTenantsResponse& response) {
  keystore::KeyStore::TenantFilter filter;
  if (!request.parent().empty()) {
    SIGNET_ASSIGN_OR_RETURN(filter.parent, core::ParseTenantName("parent", request.parent()));
  }
  SIGNET_ASSIGN_OR_RETURN(filter.kind, FromProto("kind", request.kind()));
  SIGNET_ASSIGN_OR_RETURN(core::ListResult<core::TenantView> list,
                          tenants.ListReached(caller, filter, {request.page_size(), request.page_token()}));
  for (const core::TenantView& view : list.items) *response.add_tenants() = ToProto(view);
  response.set_next_page_token(std::move(list.next_page_token));
  return absl::OkStatus();
}

absl::Status UpdateTenant(core::Tenants& tenants, const core::KeyDirectory& directory, const core::Principal& caller,
                          const v1::UpdateTenantRequest& request, v1::Tenant& response) {
  if (!request.has_tenant()) return MissingField("tenant");
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId id, core::ParseTenantName("tenant.name", request.tenant().name()));
  SIGNET_ASSIGN_OR_RETURN(core::TenantUpdate update, TenantUpdateFromProto(request.tenant(), request.update_mask()));
  // Not for those who may do it anyway: what they repeat has its first result even if the tenant is gone.
  if (!core::ReachesAll(caller)) {
    SIGNET_ASSIGN_OR_RETURN(const core::TenantView present, tenants.Get(id));
    SIGNET_ASSIGN_OR_RETURN(update, core::AllowedUpdate(directory, caller, present, std::move(update)));
  }
  SIGNET_ASSIGN_OR_RETURN(const core::TenantView view,
                          tenants.Update(id, update, ChangeRequestFromProto(request, caller.name, request.tenant().etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status DeleteTenant(core::Tenants& tenants, const core::KeyDirectory& directory, const core::Principal& caller,
                          const v1::DeleteTenantRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId id, core::ParseTenantName("name", request.name()));
  SIGNET_RETURN_IF_ERROR(core::CheckMayDelete(directory, caller, id));
  return tenants.Delete(id, ChangeRequestFromProto(request, caller.name, request.etag()));
}

}  // namespace signet::rpc
