#ifndef SIGNET_CLIENTS_CPP_STATUS_H_
#define SIGNET_CLIENTS_CPP_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace signet::client {

// Turns the outcome of a call into an absl::Status with the same code and message.
//
// Reason, metadata and retry delay of the google.rpc.Status that came along (AIP-193: ErrorInfo of the domain `signet`, RetryInfo)
// are read with GetErrorDetail of base/error.h. A failure of the transport has no detail; nor has a detail that cannot be parsed.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_STATUS_H_
