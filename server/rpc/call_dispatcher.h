#ifndef SIGNET_SERVER_RPC_CALL_DISPATCHER_H_
#define SIGNET_SERVER_RPC_CALL_DISPATCHER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "server/core/access.h"
#include "server/core/principal.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/request_tenants.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/unary_job.h"
#include "server/rpc/unary_rpc.h"

namespace signet::rpc {

// CallDispatcher lets calls in, runs their work where it may block, and replies with its outcome. Thread-safe; borrows the backend.
//
// Before any work is queued: who calls, the caller's rate, its scopes and the reach of all tenants that the request names, as
// CallGate has it. A full queue, or one that is shut down, is answered at once (RESOURCE_EXHAUSTED QUEUE_FULL, UNAVAILABLE
// SHUTTING_DOWN); a call that was cancelled or whose deadline passed while it waited is answered without its work being begun
// (CALL_CANCELLED, DEADLINE_PASSED). Work may use the call's request and response until it returns; that of signatures is handed
// both, as it may be given up when the HSM hangs (UNAVAILABLE HSM_UNAVAILABLE, or DEADLINE_PASSED) and return after the call's end.
// `rule` is that of the call, by core::RuleOf.
class CallDispatcher {
 public:
  using Work = absl::AnyInvocable<absl::Status(const core::Principal& caller)>;
  using PublicWork = absl::AnyInvocable<absl::Status()>;

  explicit CallDispatcher(const GrpcBackend& backend)
      : backend_(backend),
        gate_(backend.authenticator, backend.rate_limiter, backend.directory),
        reporting_{backend.metrics, backend.logger, backend.random} {}

  // On the calling thread, for a call that anybody may make: for work that waits for nothing.
  //   kInternal  DEFECT: the rule says otherwise
  void RunPublic(const core::AccessRule& rule, UnaryContext& context, PublicWork work) const;
  // On the calling thread: for work that waits for nothing.
  template <typename Request>
  void RunInline(const core::AccessRule& rule, UnaryContext& context, const Request& request, Work work) const {
    RunHere(rule, context, TenantsOf(request), std::move(work));
  }
  // On the admin executor: for work that waits for store or HSM.
  template <typename Request>
  void RunAdmin(const core::AccessRule& rule, UnaryContext& context, const Request& request, Work work) const {
    RunOnAdmin(rule, context, TenantsOf(request), std::move(work));
  }
  // On the signing executor, with the signer of the worker. `work` is as SigningJob has it.
  template <typename Request, typename Response, typename SigningWork>
  void RunSigning(const core::AccessRule& rule, UnaryContext& context, const Request& request, Response& response,
                  SigningWork work) const {
    const Tenants tenants = TenantsOf(request);
    RunOn(backend_.signing_executor, rule, context, tenants,
          std::make_shared<SigningJob<Request, Response, SigningWork>>(rule.method, context, backend_, request, response,
                                                                       std::move(work)));
  }

  // For calls that are not unary.
  const CallGate& gate() const { return gate_; }

 private:
  using Tenants = std::vector<keystore::TenantId>;
  using Caller = std::shared_ptr<const core::Principal>;  // Shared with the authenticator.

  void RunHere(const core::AccessRule& rule, UnaryContext& context, const Tenants& tenants, Work work) const;
  void RunOnAdmin(const core::AccessRule& rule, UnaryContext& context, const Tenants& tenants, Work work) const;
  void RunOn(core::Executor& executor, const core::AccessRule& rule, UnaryContext& context, const Tenants& tenants,
             const std::shared_ptr<UnaryJob>& job) const;
  // Lets the caller of `call` in, and notes who it is.
  absl::StatusOr<Caller> Admit(const core::AccessRule& rule, const grpc::ServerContext& context, const Tenants& tenants,
                               UnaryCall& call) const;

  const GrpcBackend backend_;
  const CallGate gate_;
  const CallReporting reporting_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CALL_DISPATCHER_H_
