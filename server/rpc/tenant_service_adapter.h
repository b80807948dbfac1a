#ifndef SIGNET_SERVER_RPC_TENANT_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_TENANT_SERVICE_ADAPTER_H_

#include <grpcpp/grpcpp.h>

#include "server/rpc/call_dispatcher.h"
#include "server/rpc/grpc_backend.h"
#include "signet/v1/tenant_service.grpc.pb.h"

namespace signet::rpc {

// TenantServiceAdapter binds each method of signet.v1.TenantService to its work on the admin executor.
class TenantServiceAdapter final : public v1::TenantService::CallbackService {
 public:
  explicit TenantServiceAdapter(const GrpcBackend& backend) : backend_(backend), dispatcher_(backend) {}

  grpc::ServerUnaryReactor* CreateTenant(grpc::CallbackServerContext* context, const v1::CreateTenantRequest* request,
                                         v1::Tenant* response) override;
  grpc::ServerUnaryReactor* GetTenant(grpc::CallbackServerContext* context, const v1::GetTenantRequest* request,
                                      v1::Tenant* response) override;
  grpc::ServerUnaryReactor* ListTenants(grpc::CallbackServerContext* context, const v1::ListTenantsRequest* request,
                                        v1::ListTenantsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateTenant(grpc::CallbackServerContext* context, const v1::UpdateTenantRequest* request,
                                         v1::Tenant* response) override;
  grpc::ServerUnaryReactor* DeleteTenant(grpc::CallbackServerContext* context, const v1::DeleteTenantRequest* request,
                                         google::protobuf::Empty* response) override;

 private:
  const GrpcBackend backend_;
  const CallDispatcher dispatcher_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_TENANT_SERVICE_ADAPTER_H_
