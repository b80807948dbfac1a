#include "server/rpc/call_dispatcher.h"

#include "base/error.h"
#include "server/rpc/queue_owner.h"

namespace signet::rpc {

absl::StatusOr<CallDispatcher::Caller> CallDispatcher::Admit(const core::AccessRule& rule, const grpc::ServerContext& context,
                                                             const Tenants& tenants, UnaryCall& call) const {
  SIGNET_ASSIGN_OR_RETURN(Caller caller, gate_.Authenticate(context));
  call.SetPrincipal(caller->name);
  SIGNET_RETURN_IF_ERROR(gate_.Admit(rule, *caller, tenants));
  return caller;
}

void CallDispatcher::RunPublic(const core::AccessRule& rule, UnaryContext& context, PublicWork work) const {
  UnaryCall call(rule.method, context, reporting_);
  absl::Status status = call.CheckWanted();
  if (rule.who != core::AccessRule::Who::kAnybody) status = Defect("a call that is not for anybody is served without a check");
  if (status.ok()) status = work();
  call.Finish(status);
}

void CallDispatcher::RunHere(const core::AccessRule& rule, UnaryContext& context, const Tenants& tenants, Work work) const {
  UnaryCall call(rule.method, context, reporting_);
  const absl::StatusOr<Caller> caller = Admit(rule, context, tenants, call);
  absl::Status status = caller.status();
  if (status.ok()) status = call.CheckWanted();
  if (status.ok()) status = work(**caller);
  call.Finish(status);
}

void CallDispatcher::RunOnAdmin(const core::AccessRule& rule, UnaryContext& context, const Tenants& tenants, Work work) const {
  RunOn(backend_.admin_executor, rule, context, tenants,
        std::make_shared<AdminJob>(rule.method, context, reporting_, std::move(work)));
}

void CallDispatcher::RunOn(core::Executor& executor, const core::AccessRule& rule, UnaryContext& context, const Tenants& tenants,
                           const std::shared_ptr<UnaryJob>& job) const {
  UnaryCall& call = job->call();
  absl::StatusOr<Caller> caller = Admit(rule, context, tenants, call);
  if (!caller.ok()) return call.Finish(caller.status());
  const std::string owner = QueueOwner(**caller);
  job->SetCaller(*std::move(caller));
  // A job that is dropped unrun still needs a reply.
  const absl::Status submitted = executor.Submit(job, owner);
  if (!submitted.ok()) call.Finish(submitted);
}

}  // namespace signet::rpc
