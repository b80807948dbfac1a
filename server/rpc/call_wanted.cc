#include "server/rpc/call_wanted.h"

#include <chrono>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::rpc {
namespace {

bool DeadlineHasPassed(const grpc::ServerContext& context) { return context.deadline() < std::chrono::system_clock::now(); }

}  // namespace

absl::Status CheckWanted(const grpc::ServerContext& context) {
  if (DeadlineHasPassed(context) || context.IsCancelled()) return CallIsOver(context);
  return absl::OkStatus();
}

absl::Status CallIsOver(const grpc::ServerContext& context) {
  // The deadline first: gRPC also cancels a call whose deadline has passed.
  if (DeadlineHasPassed(context)) {
    return Error(absl::StatusCode::kDeadlineExceeded, reason::kDeadlinePassed, "the deadline passed");
  }
  return Error(absl::StatusCode::kCancelled, reason::kCallCancelled, "the caller cancelled the call");
}

}  // namespace signet::rpc
