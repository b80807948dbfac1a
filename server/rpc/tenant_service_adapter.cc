#include "server/rpc/tenant_service_adapter.h"

#include "server/rpc/tenant_calls.h"

namespace signet::rpc {

using Service = v1::TenantService::AsyncService;

TenantServiceAdapter::TenantServiceAdapter(const GrpcBackend& parts) : ServiceAdapter(parts) {
  AddAdmin(core::RuleOf("signet.v1.TenantService/CreateTenant"), &Service::RequestCreateTenant,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::CreateTenant(backend().tenants, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.TenantService/GetTenant"), &Service::RequestGetTenant,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GetTenant(backend().tenants, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.TenantService/ListTenants"), &Service::RequestListTenants,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::ListTenants(backend().tenants, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.TenantService/UpdateTenant"), &Service::RequestUpdateTenant,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::UpdateTenant(backend().tenants, backend().directory, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.TenantService/DeleteTenant"), &Service::RequestDeleteTenant,
           [this](const core::Principal& caller, const auto& request, auto&) {
             return rpc::DeleteTenant(backend().tenants, backend().directory, caller, request);
           });
}

}  // namespace signet::rpc
