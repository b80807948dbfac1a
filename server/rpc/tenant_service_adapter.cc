#include "server/rpc/tenant_service_adapter.h"

#include "server/rpc/tenant_calls.h"

namespace signet::rpc {

using Context = grpc::CallbackServerContext*;
using Reactor = grpc::ServerUnaryReactor*;

Reactor TenantServiceAdapter::CreateTenant(Context context, const v1::CreateTenantRequest* request, v1::Tenant* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.TenantService/CreateTenant"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::CreateTenant(backend_.tenants, caller, *request, *response);
                              });
}

Reactor TenantServiceAdapter::GetTenant(Context context, const v1::GetTenantRequest* request, v1::Tenant* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.TenantService/GetTenant"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::GetTenant(backend_.tenants, *request, *response); });
}

Reactor TenantServiceAdapter::ListTenants(Context context, const v1::ListTenantsRequest* request,
                                          v1::ListTenantsResponse* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.TenantService/ListTenants"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::ListTenants(backend_.tenants, caller, *request, *response);
                              });
}

Reactor TenantServiceAdapter::UpdateTenant(Context context, const v1::UpdateTenantRequest* request, v1::Tenant* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.TenantService/UpdateTenant"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::UpdateTenant(backend_.tenants, backend_.directory, caller, *request, *response);
                              });
}

Reactor TenantServiceAdapter::DeleteTenant(Context context, const v1::DeleteTenantRequest* request, google::protobuf::Empty*) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.TenantService/DeleteTenant"), *context, *request,
                              [this, request](const core::Principal& caller) {
                                return rpc::DeleteTenant(backend_.tenants, backend_.directory, caller, *request);
                              });
}

}  // namespace signet::rpc
