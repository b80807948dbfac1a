#include "server/rpc/audit_service_adapter.h"

#include "server/rpc/audit_calls.h"

namespace signet::rpc {

grpc::ServerUnaryReactor* AuditServiceAdapter::ListEvents(grpc::CallbackServerContext* context,
                                                          const v1::ListEventsRequest* request, v1::ListEventsResponse* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.AuditService/ListEvents"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::ListEvents(backend_.audit_trail, caller, *request, *response);
                              });
}

grpc::ServerUnaryReactor* AuditServiceAdapter::VerifyAuditLog(grpc::CallbackServerContext* context,
                                                              const v1::VerifyAuditLogRequest* request,
                                                              v1::VerifyAuditLogResponse* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.AuditService/VerifyAuditLog"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::VerifyAuditLog(backend_.audit_trail, *request, *response); });
}

}  // namespace signet::rpc
