#include "server/rpc/call_wanted.h"

#include <grpc/support/time.h>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::rpc {
namespace {

// By the clock that gRPC keeps it by, the monotonic one: the time of day can jump between two looks at it.
bool DeadlineHasPassed(const grpc::ServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  return gpr_time_cmp(deadline, gpr_now(deadline.clock_type)) < 0;
}

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
