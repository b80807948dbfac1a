#include "server/rpc/batch_sign_call.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/access.h"
#include "server/core/job.h"
#include "server/rpc/item_signing.h"
#include "server/rpc/measured_signer.h"
#include "server/rpc/queue_owner.h"
#include "server/rpc/request_tenants.h"
#include "server/rpc/required_field.h"
#include "server/rpc/signing_parts.h"
#include "server/rpc/status_conversion.h"

namespace signet::rpc {
namespace {

constexpr const core::AccessRule& kRule = core::RuleOf("signet.v1.KeyService/BatchSign");

}  // namespace

BatchSignCall::BatchSignCall(const GrpcBackend& backend, UnaryContext& context, const v1::BatchSignRequest& request,
                             v1::BatchSignResponse& response)
    : backend_(backend),
      call_(kRule.method, context, {backend.metrics, backend.logger, backend.random}),
      deadline_(absl::FromChrono(context.deadline())),
      request_(std::move(const_cast<v1::BatchSignRequest&>(request))),
      response_(response) {}

void BatchSignCall::Start(const GrpcBackend& backend, const CallGate& gate, UnaryContext& context,
                          const v1::BatchSignRequest& request, v1::BatchSignResponse& response) {
  // Shared by its parts.
  const std::shared_ptr<BatchSignCall> call(new BatchSignCall(backend, context, request, response));
  call->failure_ = call->Admit(gate, context);
  if (call->failure_.ok()) call->failure_ = call->Submit();
  call->End(1);
}

absl::Status BatchSignCall::Admit(const CallGate& gate, const grpc::ServerContext& context) {
  SIGNET_ASSIGN_OR_RETURN(caller_, gate.Authenticate(context));
  call_.SetPrincipal(caller_->name);
  const int count = std::clamp(request_.items_size(), 1, kMaxBatchSize);
  SIGNET_ASSIGN_OR_RETURN(const CallGate::Grant grant, gate.AdmitMany(kRule, *caller_, TenantsOf(request_), count));
  SIGNET_ASSIGN_OR_RETURN(ring_, core::ParseRingName("key_ring", request_.key_ring()));
  if (request_.items().empty()) return MissingField("items");
  if (request_.items_size() > kMaxBatchSize) return InvalidField("items", absl::StrCat("are more than ", kMaxBatchSize));
  SIGNET_RETURN_IF_ERROR(call_.CheckWanted());
  SIGNET_RETURN_IF_ERROR(backend_.tokens.SigningWith(ring_, &caller_->signing_profile).Check());

  granted_ = grant.granted;
  response_.mutable_results()->Reserve(count);
  for (int i = 0; i < count; ++i) response_.add_results();
  for (int i = granted_; i < count; ++i) Refuse(i, grant.refusal);
  return absl::OkStatus();
}

// Part signs the items from `begin` to `end`.
class BatchSignCall::Part final : public core::Job {
 public:
  Part(std::shared_ptr<BatchSignCall> call, int begin, int end) : call_(std::move(call)), begin_(begin), end_(end), next_(begin) {}

  void Run(int worker) override {
    const GrpcBackend& backend = call_->backend_;
    MeasuredSigner signer(*backend.signers[static_cast<size_t>(worker)], backend.metrics);
    ItemSigning signing(backend.tokens.SigningWith(call_->ring_, &call_->caller_->signing_profile), signer);
    for (; next_ < end_; ++next_) {
      if (!call_->call_.CheckWanted().ok()) {
        call_->dropped_ = true;
        break;
      }
      v1::SignResponse signature;
      const absl::Status status = signing.Sign(call_->request_.items(next_), signature);
      // From here to the next signature it cannot be given up, and is the only one to touch its results.
      if (given_up_) return;
      if (status.ok()) {
        call_->response_.mutable_results(next_)->mutable_signature()->Swap(&signature);
        call_->tally_.CountSigned();
      } else {
        call_->Refuse(next_, status);
      }
    }
    call_->End(end_ - begin_);
  }
  bool Claim() override {
    given_up_ = true;
    return true;
  }
  void GiveUp(const absl::Status& status) override {
    for (int i = next_; i < end_; ++i) call_->Refuse(i, status);
    call_->End(end_ - begin_);
  }
  absl::Time deadline() const override { return call_->deadline_; }

 private:
  const std::shared_ptr<BatchSignCall> call_;  // Shared by the parts.
  const int begin_;
  const int end_;
  int next_;
  std::atomic<bool> given_up_ = false;
};

absl::Status BatchSignCall::Submit() {
  open_items_ += granted_;
  const absl::Status submitted = SubmitParts(
      {backend_.signing_executor, QueueOwner(*caller_)}, granted_,
      [this](int begin, int end) { return std::make_shared<Part>(shared_from_this(), begin, end); },
      [this](int begin, int end, const absl::Status& status) {
        for (int i = begin; i < end; ++i) Refuse(i, status);
        open_items_ -= end - begin;
      });
  if (!submitted.ok()) open_items_ -= granted_;
  return submitted;
}

void BatchSignCall::Refuse(int item, const absl::Status& status) {
  *response_.mutable_results(item)->mutable_error() = ToRpcStatus(status, call_.report().request_id());
  tally_.CountFailed(status);
}

void BatchSignCall::End(int items) {
  if ((open_items_ -= items) > 0) return;
  // Nobody waits for the reply any more; the log says so.
  if (failure_.ok() && dropped_) failure_ = call_.CheckWanted();
  if (!failure_.ok()) response_.Clear();
  tally_.Report(call_.report(), backend_.logger);
  call_.Finish(failure_);
}

}  // namespace signet::rpc
