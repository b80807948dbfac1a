#include "server/rpc/audit_service_adapter.h"

#include "server/rpc/audit_calls.h"

namespace signet::rpc {

using Service = v1::AuditService::AsyncService;

AuditServiceAdapter::AuditServiceAdapter(const GrpcBackend& parts) : ServiceAdapter(parts) {
  AddAdmin(core::RuleOf("signet.v1.AuditService/ListEvents"), &Service::RequestListEvents,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::ListEvents(backend().audit_trail, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.AuditService/VerifyAuditLog"), &Service::RequestVerifyAuditLog,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::VerifyAuditLog(backend().audit_trail, request, response);
           });
}

}  // namespace signet::rpc
