#ifndef SIGNET_SERVER_RPC_CALL_DISPATCHER_H_
#define SIGNET_SERVER_RPC_CALL_DISPATCHER_H_

#include <grpcpp/grpcpp.h>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/unary_call.h"

namespace signet::rpc {

// CallDispatcher runs the work of calls where it may block, and replies with its outcome. Thread-safe; borrows the backend.
//
// A full queue, or one that is shut down, is answered at once (RESOURCE_EXHAUSTED QUEUE_FULL, UNAVAILABLE SHUTTING_DOWN); a call
// that was cancelled or whose deadline passed while it waited is answered without its work being begun (CALL_CANCELLED,
// DEADLINE_PASSED). Work may use the call's request and response until it returns. All return the call's reactor.
class CallDispatcher {
 public:
  using Work = absl::AnyInvocable<absl::Status()>;
  using SigningWork = absl::AnyInvocable<absl::Status(hsm::Signer& signer)>;

  explicit CallDispatcher(const GrpcBackend& backend)
      : backend_(backend), reporting_{backend.metrics, backend.logger, backend.random} {}

  // On the calling thread: for work that waits for nothing.
  grpc::ServerUnaryReactor* RunInline(absl::string_view method, grpc::CallbackServerContext& context, Work work) const;
  // On the admin executor: for work that waits for store or HSM.
  grpc::ServerUnaryReactor* RunAdmin(absl::string_view method, grpc::CallbackServerContext& context, Work work) const;
  // On the signing executor, with the signer of the worker.
  grpc::ServerUnaryReactor* RunSigning(absl::string_view method, grpc::CallbackServerContext& context, SigningWork work) const;

 private:
  using WorkOnWorker = absl::AnyInvocable<absl::Status(int worker)>;
  grpc::ServerUnaryReactor* RunOn(core::Executor& executor, absl::string_view method, grpc::CallbackServerContext& context,
                                  WorkOnWorker work) const;

  const GrpcBackend backend_;
  const CallReporting reporting_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CALL_DISPATCHER_H_
