#include "server/rpc/sign_stream_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/access.h"
#include "server/core/job.h"
#include "server/rpc/call_wanted.h"
#include "server/rpc/item_signing.h"
#include "server/rpc/measured_signer.h"
#include "server/rpc/queue_owner.h"
#include "server/rpc/request_tenants.h"
#include "server/rpc/required_field.h"
#include "server/rpc/signing_parts.h"
#include "server/rpc/status_conversion.h"

namespace signet::rpc {
namespace {

constexpr const core::AccessRule& kRule = core::RuleOf("signet.v1.KeyService/StreamSign");

// What the items from `begin` to `end` take in memory.
size_t BytesOf(const v1::StreamSignRequest& request, int begin, int end) {
  // About what one takes beside its input.
  constexpr size_t kItemBytes = 64;
  size_t bytes = 0;
  for (int i = begin; i < end; ++i) {
    const v1::SigningInput& input = request.items(i).input();
    bytes += kItemBytes + input.digest().size() + input.data().size();
  }
  return bytes;
}

}  // namespace

SignStreamCall::SignStreamCall(const GrpcBackend& backend, SignStreams& streams, const CallGate& gate, Stream& stream)
    : backend_(backend),
      streams_(streams),
      gate_(gate),
      stream_(stream),
      report_(kRule.method, stream, {backend.metrics, backend.logger, backend.random}) {}

void SignStreamCall::Start(const GrpcBackend& backend, SignStreams& streams, const CallGate& gate, Stream& stream) {
  const std::shared_ptr<SignStreamCall> call(new SignStreamCall(backend, streams, gate, stream));
  call->self_ = call;
  stream.Begin(*call);
  const absl::Status admitted = call->Admit();
  if (admitted.ok()) {
    call->Proceed();
  } else {
    call->End(admitted);
  }
}

absl::Status SignStreamCall::Admit() {
  SIGNET_ASSIGN_OR_RETURN(evidence_, PeerEvidence::Read(stream_));
  SIGNET_ASSIGN_OR_RETURN(const Caller caller, gate_.Authenticate(evidence_));
  report_.SetPrincipal(caller->name);
  SIGNET_RETURN_IF_ERROR(gate_.Admit(kRule, *caller, {}));
  return streams_.Add(self_, QueueOwner(*caller));
}

absl::StatusOr<SignStreamCall::Caller> SignStreamCall::CheckCaller(const std::vector<keystore::TenantId>& tenants) const {
  SIGNET_ASSIGN_OR_RETURN(Caller caller, gate_.Authenticate(evidence_));
  SIGNET_RETURN_IF_ERROR(gate_.CheckMay(kRule, *caller, tenants));
  return caller;
}

void SignStreamCall::Check() {
  std::vector<keystore::TenantId> tenants;
  {
    MutexLock lock(mutex_);
    tenants = tenants_;
  }
  const absl::Status status = CheckCaller(tenants).status();
  if (!status.ok()) End(status);
}

void SignStreamCall::End(const absl::Status& status) {
  ended_ = true;
  {
    MutexLock lock(mutex_);
    if (!end_) end_ = status;
  }
  Proceed();
}

SignStreamCall::Step SignStreamCall::NextStep() {
  if (finished_) return Step::kNone;
  if (end_ || (half_closed_ && open_items_ == 0)) {
    if (writing_ || held_) return Step::kNone;
    finished_ = true;
    return Step::kFinish;
  }
  if (!writing_ && ready_.results_size() > 0) {
    writing_ = true;
    outgoing_.Clear();
    outgoing_.Swap(&ready_);
    return Step::kWrite;
  }
  if (!reading_ && !half_closed_ && open_items_ < kWindow && open_bytes_ < kWindowBytes) {
    reading_ = true;
    return Step::kRead;
  }
  return Step::kNone;
}

void SignStreamCall::Proceed() {
  // What is started below may have another thread be done with this object.
  const std::shared_ptr<SignStreamCall> self = shared_from_this();
  for (Step step = Step::kNone; step != Step::kFinish;) {
    absl::Status end;
    {
      MutexLock lock(mutex_);
      // gRPC may call back before Start… returns: the thread that called it goes on then.
      if (step == Step::kNone && proceeding_) return;
      step = NextStep();
      proceeding_ = step != Step::kNone;
      if (!proceeding_) return;
      if (end_) end = *end_;
    }
    if (step == Step::kRead) stream_.StartRead(incoming_);
    if (step == Step::kWrite) stream_.StartWrite(outgoing_);
    if (step == Step::kFinish) {
      tally_.Report(report_, backend_.logger);
      stream_.Finish(report_.End(end));
    }
  }
}

void SignStreamCall::OnReadDone(Read read) {
  absl::Status taken;
  if (read == Read::kMessage && !ended_) taken = Take(std::move(incoming_));
  if (read == Read::kGarbage) taken = InvalidField("request", "is no message of the type signet.v1.StreamSignRequest");
  {
    MutexLock lock(mutex_);
    reading_ = false;
    half_closed_ = read == Read::kEnd;
  }
  if (!taken.ok()) return End(taken);
  Proceed();
}

absl::Status SignStreamCall::Take(v1::StreamSignRequest request) {
  const int count = request.items_size();
  if (count > kMaxBatchSize) return InvalidField("items", absl::StrCat("are more than ", kMaxBatchSize));
  std::vector<keystore::TenantId> tenants = TenantsOf(request);
  if (tenants.empty() && ring_) tenants.push_back(ring_->tenant);
  {
    MutexLock lock(mutex_);
    tenants_ = tenants;
    open_items_ += count;
    open_bytes_ += BytesOf(request, 0, count);
  }
  const auto message = std::make_shared<Message>();
  message->request = std::move(request);
  SIGNET_ASSIGN_OR_RETURN(message->caller, CheckCaller(tenants));
  SIGNET_RETURN_IF_ERROR(FindRing(*message));
  // One without items counts, too.
  const CallGate::Grant grant = gate_.Count(kRule, *message->caller, std::max(count, 1));
  if (count == 0) return grant.refusal;
  if (grant.granted < count) Refuse(message->request, grant.granted, count, grant.refusal);
  Submit(message, grant.granted);
  return absl::OkStatus();
}

absl::Status SignStreamCall::FindRing(Message& message) {
  if (!message.request.key_ring().empty() || !ring_) {
    SIGNET_ASSIGN_OR_RETURN(message.ring, core::ParseRingName("key_ring", message.request.key_ring()));
    SIGNET_RETURN_IF_ERROR(backend_.tokens.SigningWith(message.ring, &message.caller->signing_profile).Check());
    ring_ = message.ring;
  }
  message.ring = *ring_;
  return absl::OkStatus();
}

// Part signs the items of a message from `begin` to `end`. If it is given up they all are: what was signed by then is let go, so
// that there is one answer to each.
class SignStreamCall::Part final : public core::Job {
 public:
  Part(std::shared_ptr<SignStreamCall> call, std::shared_ptr<const Message> message, int begin, int end)
      : call_(std::move(call)), message_(std::move(message)), begin_(begin), end_(end) {}

  void Run(int worker) override {
    const GrpcBackend& backend = call_->backend_;
    MeasuredSigner signer(*backend.signers[static_cast<size_t>(worker)], backend.metrics);
    ItemSigning signing(backend.tokens.SigningWith(message_->ring, &message_->caller->signing_profile), signer);
    v1::StreamSignResponse results;
    for (int i = begin_; i < end_; ++i) {
      if (call_->ended_) return;
      const v1::StreamSignRequest::Item& item = message_->request.items(i);
      v1::StreamSignResponse::Result& result = *results.add_results();
      result.set_id(item.id());
      const absl::Status status = signing.Sign(item.input(), *result.mutable_signature());
      if (given_up_) return;
      if (!status.ok()) *result.mutable_error() = ToRpcStatus(status, call_->report_.request_id());
      statuses_[static_cast<size_t>(i - begin_)] = status;
    }
    for (const absl::Status& status : statuses_) {
      if (status.ok()) {
        call_->tally_.CountSigned();
      } else {
        call_->tally_.CountFailed(status);
      }
    }
    call_->Answer(message_->request, begin_, end_, std::move(results));
  }
  bool Claim() override {
    given_up_ = true;
    return true;
  }
  void GiveUp(const absl::Status& status) override { call_->Refuse(message_->request, begin_, end_, status); }

 private:
  const std::shared_ptr<SignStreamCall> call_;    // Shared by the parts and gRPC.
  const std::shared_ptr<const Message> message_;  // Shared by the parts.
  const int begin_;
  const int end_;
  std::vector<absl::Status> statuses_ = std::vector<absl::Status>(static_cast<size_t>(end_ - begin_));
  std::atomic<bool> given_up_ = false;
};

void SignStreamCall::Submit(const std::shared_ptr<const Message>& message, int count) {
  const auto refuse = [&](int begin, int end, const absl::Status& status) { Refuse(message->request, begin, end, status); };
  const absl::Status submitted = SubmitParts(
      {backend_.signing_executor, QueueOwner(*message->caller)}, count,
      [&](int begin, int end) { return std::make_shared<Part>(shared_from_this(), message, begin, end); }, refuse);
  if (!submitted.ok()) refuse(0, count, submitted);
}

void SignStreamCall::Refuse(const v1::StreamSignRequest& request, int begin, int end, const absl::Status& status) {
  v1::StreamSignResponse results;
  for (int i = begin; i < end; ++i) {
    v1::StreamSignResponse::Result& result = *results.add_results();
    result.set_id(request.items(i).id());
    *result.mutable_error() = ToRpcStatus(status, report_.request_id());
    tally_.CountFailed(status);
  }
  Answer(request, begin, end, std::move(results));
}

void SignStreamCall::Answer(const v1::StreamSignRequest& request, int begin, int end, v1::StreamSignResponse results) {
  {
    MutexLock lock(mutex_);
    open_bytes_ -= BytesOf(request, begin, end);
    for (v1::StreamSignResponse::Result& result : *results.mutable_results()) *ready_.add_results() = std::move(result);
    if (held_ || finished_) return;
    held_ = shared_from_this();
  }
  stream_.loop().Reply(*this);
}

void SignStreamCall::Send() {
  const std::shared_ptr<SignStreamCall> self = [&] {
    MutexLock lock(mutex_);
    return std::move(held_);
  }();
  Proceed();
}

void SignStreamCall::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    open_items_ -= outgoing_.results_size();
  }
  if (!ok) return End(CallIsOver(stream_));
  Proceed();
}

void SignStreamCall::OnCancel() { End(CallIsOver(stream_)); }

void SignStreamCall::OnDone() {
  ended_ = true;
  const std::shared_ptr<SignStreamCall> self = std::move(self_);
  streams_.Remove(self);
}

}  // namespace signet::rpc
