#ifndef SIGNET_SERVER_RPC_STATUS_CONVERSION_H_
#define SIGNET_SERVER_RPC_STATUS_CONVERSION_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace signet::rpc {

// Turns a status into the one that a caller sees. An error's details (grpc-status-details-bin) are a google.rpc.Status with
// ErrorInfo (reason, domain "signet", metadata), RetryInfo where the delay is known, and RequestInfo with `request_id`, under which
// the log has the call.
//
// INTERNAL and UNKNOWN become INTERNAL, reason DEFECT unless they carry another, with a message that tells nothing but
// `request_id`.
grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view request_id);

// The same of an error, as a reply has it that is about many things; without RequestInfo.
google::rpc::Status ToRpcStatus(const absl::Status& status, absl::string_view request_id);

// Returns the reason that ToGrpcStatus sends; "" for OK and for errors of other codes that carry none.
std::string SentReason(const absl::Status& status);

// Tells what an operator should look at: failures of this server or of what it depends on, whose message the caller may not see. A
// shutdown is none, though it ends all streams.
bool IsServerFault(const absl::Status& status);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_STATUS_CONVERSION_H_
