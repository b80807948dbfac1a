#ifndef SIGNET_SERVER_RPC_CALL_WANTED_H_
#define SIGNET_SERVER_RPC_CALL_WANTED_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"

namespace signet::rpc {

// OK while somebody waits for the reply of a call. What was done before nobody did stays done.
//   kDeadlineExceeded  DEADLINE_PASSED
//   kCancelled         CALL_CANCELLED
absl::Status CheckWanted(const grpc::ServerContext& context);

// What a call ends with that gRPC says is over: as CheckWanted, but never OK.
absl::Status CallIsOver(const grpc::ServerContext& context);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CALL_WANTED_H_
