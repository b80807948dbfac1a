#ifndef SIGNET_SERVER_RPC_AUDIT_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_AUDIT_SERVICE_ADAPTER_H_

#include <grpcpp/grpcpp.h>

#include "server/rpc/call_dispatcher.h"
#include "server/rpc/grpc_backend.h"
#include "signet/v1/audit_service.grpc.pb.h"

namespace signet::rpc {

// AuditServiceAdapter binds the methods of signet.v1.AuditService to their work on the admin executor.
class AuditServiceAdapter final : public v1::AuditService::CallbackService {
 public:
  explicit AuditServiceAdapter(const GrpcBackend& backend) : backend_(backend), dispatcher_(backend) {}

  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context, const v1::ListEventsRequest* request,
                                       v1::ListEventsResponse* response) override;
  grpc::ServerUnaryReactor* VerifyAuditLog(grpc::CallbackServerContext* context, const v1::VerifyAuditLogRequest* request,
                                           v1::VerifyAuditLogResponse* response) override;

 private:
  const GrpcBackend backend_;
  const CallDispatcher dispatcher_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_AUDIT_SERVICE_ADAPTER_H_
