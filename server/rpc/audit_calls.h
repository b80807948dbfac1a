#ifndef SIGNET_SERVER_RPC_AUDIT_CALLS_H_
#define SIGNET_SERVER_RPC_AUDIT_CALLS_H_

#include "absl/status/status.h"
#include "server/core/audit_trail.h"
#include "signet/v1/audit_service.pb.h"

namespace signet::rpc {

// The method of signet.v1.AuditService: reads a request, has `trail` do it and fills the response. Blocks on the store. The errors
// are those that the proto documents; beside those of core::AuditTrail
//   kInvalidArgument  INVALID_FIELD, INVALID_NAME: a field of the request
absl::Status ListEvents(core::AuditTrail& trail, const v1::ListEventsRequest& request, v1::ListEventsResponse& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_AUDIT_CALLS_H_
