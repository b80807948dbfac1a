#ifndef SIGNET_SERVER_RPC_AUDIT_CALLS_H_
#define SIGNET_SERVER_RPC_AUDIT_CALLS_H_

#include "absl/status/status.h"
#include "server/core/audit_trail.h"
#include "server/core/principal.h"
#include "signet/v1/audit_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.AuditService: each reads a request, has `trail` do it and fills the response. They block on the store.
// The errors are those that the proto documents; beside those of core::AuditTrail
//   kInvalidArgument  INVALID_FIELD, INVALID_NAME: a field of the request
absl::Status ListEvents(core::AuditTrail& trail, const core::Principal& caller, const v1::ListEventsRequest& request,
                        v1::ListEventsResponse& response);
absl::Status VerifyAuditLog(core::AuditTrail& trail, const v1::VerifyAuditLogRequest& request,
                            v1::VerifyAuditLogResponse& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_AUDIT_CALLS_H_
