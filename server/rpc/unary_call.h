#ifndef SIGNET_SERVER_RPC_UNARY_CALL_H_
#define SIGNET_SERVER_RPC_UNARY_CALL_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/logger.h"
#include "base/random.h"
#include "server/core/metrics.h"

namespace signet::rpc {

// What a call reports to; all borrowed, all thread-safe.
struct CallReporting {
  core::Metrics& metrics;
  Logger& logger;
  Random& random;
};

// UnaryCall is one unary call on gRPC's callback interface, from its arrival to its one reply.
//
// gRPC keeps the context, the request and the response of a call until it is finished, even if it is cancelled meanwhile: so work
// on another thread may use them until it calls Finish, and not after. Every UnaryCall must be finished exactly once.
class UnaryCall {
 public:
  // `method` is constant text, such as "signet.v1.KeyService/GetKey". Chooses the call's request id and sends it back in the
  // initial metadata: the `x-request-id` of the caller if that is at most 128 printable ASCII characters, otherwise a new UUID.
  UnaryCall(absl::string_view method, grpc::CallbackServerContext& context, const CallReporting& reporting);

  // What the service's method returns to gRPC.
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  // Tells whether the work is still worth beginning.
  //   kDeadlineExceeded  DEADLINE_PASSED
  //   kCancelled         CALL_CANCELLED
  absl::Status CheckWanted() const;

  // Writes the access-log line, counts the call and replies. The context, the request and the response are gone afterwards.
  void Finish(const absl::Status& status);

 private:
  void Report(const absl::Status& status, absl::StatusCode sent_code) const;

  const absl::string_view method_;
  grpc::CallbackServerContext& context_;
  grpc::ServerUnaryReactor* const reactor_;
  const CallReporting reporting_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const std::string request_id_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_UNARY_CALL_H_
