#ifndef SIGNET_SERVER_RPC_UNARY_JOB_H_
#define SIGNET_SERVER_RPC_UNARY_JOB_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/hsm.h"
#include "server/core/job.h"
#include "server/core/principal.h"
#include "server/rpc/call_report.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/measured_signer.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/unary_rpc.h"

namespace signet::rpc {

// UnaryJob is a unary call and its work, which an executor runs: it replies when the work is done, or when it is given up.
class UnaryJob : public core::Job {
 public:
  using Caller = std::shared_ptr<const core::Principal>;  // Shared with the authenticator.

  // As UnaryCall.
  UnaryJob(absl::string_view method, UnaryContext& context, const CallReporting& reporting)
      : call_(method, context, reporting), deadline_(absl::FromChrono(context.deadline())) {}

  // To be set before it is handed over.
  void SetCaller(Caller caller) { caller_ = std::move(caller); }
  UnaryCall& call() { return call_; }

  void Run(int worker) final {
    absl::Status status = call_.CheckWanted();
    if (status.ok()) status = Work(*caller_, worker);
    if (answered_.exchange(true)) return;  // gRPC has ended the call, and its context with it.
    if (status.ok()) Deliver();
    call_.Finish(status);
  }
  void GiveUp(const absl::Status& status) final { call_.Finish(status); }
  absl::Time deadline() const final { return deadline_; }

 protected:
  virtual absl::Status Work(const core::Principal& caller, int worker) = 0;
  // Makes the work's response the call's.
  virtual void Deliver() {}
  // Returns whether it was not answered before, and is now.
  bool Answer() { return !answered_.exchange(true); }

 private:
  UnaryCall call_;
  const absl::Time deadline_;
  Caller caller_;
  std::atomic<bool> answered_ = false;
};

// AdminJob waits for its work, however long that takes: only that can tell what became of a change.
class AdminJob final : public UnaryJob {
 public:
  // May use the call's request and response until it returns.
  using Function = absl::AnyInvocable<absl::Status(const core::Principal& caller)>;

  AdminJob(absl::string_view method, UnaryContext& context, const CallReporting& reporting, Function work)
      : UnaryJob(method, context, reporting), work_(std::move(work)) {}

 private:
  absl::Status Work(const core::Principal& caller, int) override { return work_(caller); }

  Function work_;
};

// SigningJob signs, and can be given up when the HSM hangs: request and response are its own until it has answered.
template <typename Request, typename Response, typename Function>
class SigningJob final : public UnaryJob {
 public:
  // Takes the content of `request`, which belongs to gRPC: nobody else reads it any more. `response` is borrowed, and untouched
  // until the work is done: absl::Status(const core::Principal&, hsm::Signer&, const Request&, Response&).
  SigningJob(absl::string_view method, UnaryContext& context, const GrpcBackend& backend, const Request& request,
             Response& response, Function work)
      : UnaryJob(method, context, {backend.metrics, backend.logger, backend.random}),
        backend_(backend),
        request_(std::move(const_cast<Request&>(request))),
        response_(response),
        work_(std::move(work)) {}

  bool Claim() override { return Answer(); }

 private:
  absl::Status Work(const core::Principal& caller, int worker) override {
    MeasuredSigner signer(*backend_.signers[static_cast<size_t>(worker)], backend_.metrics);
    return work_(caller, signer, request_, made_);
  }
  void Deliver() override { response_.Swap(&made_); }

  const GrpcBackend& backend_;
  const Request request_;
  Response made_;
  Response& response_;
  Function work_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_UNARY_JOB_H_
