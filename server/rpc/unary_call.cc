#include "server/rpc/unary_call.h"

#include <chrono>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::rpc {

UnaryCall::UnaryCall(absl::string_view method, grpc::CallbackServerContext& context, const CallReporting& reporting)
    : context_(context), reactor_(context.DefaultReactor()), report_(method, context, reporting) {}

absl::Status UnaryCall::CheckWanted() const {
  // The deadline first: gRPC also cancels a call whose deadline has passed.
  if (context_.deadline() < std::chrono::system_clock::now()) {
    return Error(absl::StatusCode::kDeadlineExceeded, reason::kDeadlinePassed, "the deadline passed before the work was begun");
  }
  if (context_.IsCancelled()) {
    return Error(absl::StatusCode::kCancelled, reason::kCallCancelled, "the call was cancelled before the work was begun");
  }
  return absl::OkStatus();
}

void UnaryCall::Finish(const absl::Status& status) { reactor_->Finish(report_.End(status)); }

}  // namespace signet::rpc
