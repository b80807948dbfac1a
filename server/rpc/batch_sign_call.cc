#include "server/rpc/batch_sign_call.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/access.h"
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

BatchSignCall::BatchSignCall(const GrpcBackend& backend, grpc::CallbackServerContext& context, const v1::BatchSignRequest& request,
                             v1::BatchSignResponse& response)
    : backend_(backend),
      call_(kRule.method, context, {backend.metrics, backend.logger, backend.random}),
      request_(request),
      response_(response) {}

grpc::ServerUnaryReactor* BatchSignCall::Start(const GrpcBackend& backend, const CallGate& gate,
                                               grpc::CallbackServerContext& context, const v1::BatchSignRequest& request,
                                               v1::BatchSignResponse& response) {
  // Shared by its parts.
  const std::shared_ptr<BatchSignCall> call(new BatchSignCall(backend, context, request, response));
  grpc::ServerUnaryReactor* const reactor = call->call_.reactor();
  call->failure_ = call->Admit(gate, context);
  if (call->failure_.ok()) call->failure_ = call->Submit();
  call->End(1);
  return reactor;
}

absl::Status BatchSignCall::Admit(const CallGate& gate, const grpc::CallbackServerContext& context) {
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

absl::Status BatchSignCall::Submit() {
  open_items_ += granted_;
  const absl::Status submitted = SubmitParts(
      {backend_.signing_executor, backend_.signers.size(), QueueOwner(*caller_)}, granted_,
      [self = shared_from_this()](int begin, int end, int worker) {
        self->SignPart(begin, end, worker);
        self->End(end - begin);
      },
      [this](int begin, int end, const absl::Status& status) {
        for (int i = begin; i < end; ++i) Refuse(i, status);
        open_items_ -= end - begin;
      });
  if (!submitted.ok()) open_items_ -= granted_;
  return submitted;
}

void BatchSignCall::SignPart(int begin, int end, int worker) {
  MeasuredSigner signer(*backend_.signers[worker], backend_.metrics);
  ItemSigning signing(backend_.tokens.SigningWith(ring_, &caller_->signing_profile), signer);
  for (int i = begin; i < end; ++i) {
    if (!call_.CheckWanted().ok()) {
      dropped_ = true;
      return;
    }
    const absl::Status status = signing.Sign(request_.items(i), *response_.mutable_results(i)->mutable_signature());
    if (status.ok()) {
      tally_.CountSigned();
    } else {
      Refuse(i, status);
    }
  }
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
