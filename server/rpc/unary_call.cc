#include "server/rpc/unary_call.h"

#include "server/rpc/call_wanted.h"

namespace signet::rpc {

UnaryCall::UnaryCall(absl::string_view method, UnaryContext& context, const CallReporting& reporting)
    : context_(context), report_(method, context, reporting) {}

absl::Status UnaryCall::CheckWanted() const { return rpc::CheckWanted(context_); }

void UnaryCall::Finish(const absl::Status& status) { context_.Finish(report_.End(status)); }

}  // namespace signet::rpc
