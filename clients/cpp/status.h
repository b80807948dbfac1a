#ifndef SIGNET_CLIENTS_CPP_STATUS_H_
#define SIGNET_CLIENTS_CPP_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace signet::client {

// Turns the outcome of a call into an absl::Status with the same code and message.
//
// Reason, metadata and retry delay of the google.rpc.Status that came along (AIP-193: ErrorInfo of the domain `signet`, RetryInfo)
// are read with GetErrorDetail of base/error.h. A failure of the transport has no detail; nor has a detail that cannot be parsed.
//
// RequestIdOf has the id under which the server's log has the call, which came along as RequestInfo.
absl::Status FromGrpc(const grpc::Status& status);

// Returns the request id of the call that failed; "" if that is not known, as when no server answered.
std::string RequestIdOf(const absl::Status& status);

// Notes the request id of the call that failed, unless the server said it.
absl::Status WithRequestId(absl::Status status, absl::string_view request_id);

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_STATUS_H_
