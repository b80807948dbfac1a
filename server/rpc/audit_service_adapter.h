#ifndef SIGNET_SERVER_RPC_AUDIT_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_AUDIT_SERVICE_ADAPTER_H_

#include "server/rpc/grpc_backend.h"
#include "server/rpc/service_adapter.h"
#include "signet/v1/audit_service.grpc.pb.h"

namespace signet::rpc {

// AuditServiceAdapter binds the methods of signet.v1.AuditService to their work on the admin executor.
class AuditServiceAdapter final : public ServiceAdapter<v1::AuditService::AsyncService> {
 public:
  explicit AuditServiceAdapter(const GrpcBackend& backend);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_AUDIT_SERVICE_ADAPTER_H_
