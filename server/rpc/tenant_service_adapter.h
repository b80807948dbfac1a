#ifndef SIGNET_SERVER_RPC_TENANT_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_TENANT_SERVICE_ADAPTER_H_

#include "server/rpc/grpc_backend.h"
#include "server/rpc/service_adapter.h"
#include "signet/v1/tenant_service.grpc.pb.h"

namespace signet::rpc {

// TenantServiceAdapter binds each method of signet.v1.TenantService to its work on the admin executor.
class TenantServiceAdapter final : public ServiceAdapter<v1::TenantService::AsyncService> {
 public:
  explicit TenantServiceAdapter(const GrpcBackend& backend);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_TENANT_SERVICE_ADAPTER_H_
