#include "server/rpc/call_dispatcher.h"

#include <memory>
#include <utility>

#include "server/rpc/measured_signer.h"

namespace signet::rpc {

grpc::ServerUnaryReactor* CallDispatcher::RunInline(absl::string_view method, grpc::CallbackServerContext& context,
                                                    Work work) const {
  UnaryCall call(method, context, reporting_);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  absl::Status status = call.CheckWanted();
  if (status.ok()) status = work();
  call.Finish(status);
  return reactor;
}

grpc::ServerUnaryReactor* CallDispatcher::RunAdmin(absl::string_view method, grpc::CallbackServerContext& context,
                                                   Work work) const {
  return RunOn(backend_.admin_executor, method, context, [work = std::move(work)](int) mutable { return work(); });
}

grpc::ServerUnaryReactor* CallDispatcher::RunSigning(absl::string_view method, grpc::CallbackServerContext& context,
                                                     SigningWork work) const {
  return RunOn(backend_.signing_executor, method, context, [this, work = std::move(work)](int worker) mutable {
    MeasuredSigner signer(*backend_.signers[worker], backend_.metrics);
    return work(signer);
  });
}

grpc::ServerUnaryReactor* CallDispatcher::RunOn(core::Executor& executor, absl::string_view method,
                                                grpc::CallbackServerContext& context, WorkOnWorker work) const {
  // Shared by the task and by this function, which must still reply when the executor drops the task unrun.
  const auto call = std::make_shared<UnaryCall>(method, context, reporting_);
  grpc::ServerUnaryReactor* const reactor = call->reactor();
  const absl::Status submitted = executor.Submit([call, work = std::move(work)](int worker) mutable {
    absl::Status status = call->CheckWanted();
    if (status.ok()) status = work(worker);
    call->Finish(status);
  });
  if (!submitted.ok()) call->Finish(submitted);
  return reactor;
}

}  // namespace signet::rpc
