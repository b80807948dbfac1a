#include "server/rpc/unary_call.h"

#include "server/rpc/call_wanted.h"

namespace signet::rpc {

UnaryCall::UnaryCall(absl::string_view method, grpc::CallbackServerContext& context, const CallReporting& reporting)
    : context_(context), reactor_(context.DefaultReactor()), report_(method, context, reporting) {}

absl::Status UnaryCall::CheckWanted() const { return rpc::CheckWanted(context_); }

void UnaryCall::Finish(const absl::Status& status) { reactor_->Finish(report_.End(status)); }

}  // namespace signet::rpc
