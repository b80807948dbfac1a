#include "server/rpc/key_watch_call.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/error.h"
#include "server/core/access.h"
#include "server/core/names.h"
#include "server/rpc/call_wanted.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/queue_owner.h"
#include "server/rpc/request_tenants.h"

namespace signet::rpc {
namespace {

// Changes in memory for each call.
constexpr int kPageSize = 64;

constexpr const core::AccessRule& kRule = core::RuleOf("signet.v1.KeyService/WatchKeys");

absl::StatusOr<core::WatchScope> ParseScope(const std::string& name) {
  if (!absl::StrContains(name, "/keyRings/")) {
    SIGNET_ASSIGN_OR_RETURN(keystore::TenantId tenant, core::ParseTenantName("name", name));
    return core::WatchScope{std::move(tenant), std::nullopt};
  }
  SIGNET_ASSIGN_OR_RETURN(core::RingName ring, core::ParseRingName("name", name));
  return core::WatchScope{std::move(ring.tenant), std::move(ring.ring)};
}

v1::WatchKeysResponse ToMessage(core::KeyChange change) {
  v1::WatchKeysResponse message;
  message.set_resume_token(std::move(change.resume_token));
  *message.mutable_time() = ToProto(change.time);
  message.set_action(std::move(change.action));
  *message.mutable_key() = ToProto(change.key);
  return message;
}

}  // namespace

KeyWatchCall::KeyWatchCall(const core::Services& services, core::KeyWatchHub& hub, const CallGate& gate,
                           const CallReporting& reporting, Stream& stream, const v1::WatchKeysRequest& request)
    : services_(services),
      hub_(hub),
      gate_(gate),
      stream_(stream),
      resume_token_(request.resume_token()),
      report_(kRule.method, stream, reporting) {}

void KeyWatchCall::Start(const core::Services& services, core::KeyWatchHub& hub, const CallGate& gate,
                         const CallReporting& reporting, Stream& stream, const v1::WatchKeysRequest& request) {
  const std::shared_ptr<KeyWatchCall> call(new KeyWatchCall(services, hub, gate, reporting, stream, request));
  call->self_ = call;
  stream.Begin(*call);
  const absl::Status admitted = call->Admit(request);
  if (admitted.ok()) {
    call->Wake();
  } else {
    call->End(admitted);
  }
}

absl::Status KeyWatchCall::Admit(const v1::WatchKeysRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(evidence_, PeerEvidence::Read(stream_));
  SIGNET_ASSIGN_OR_RETURN(const auto caller, gate_.Authenticate(evidence_));
  report_.SetPrincipal(caller->name);
  tenants_ = TenantsOf(request);
  SIGNET_RETURN_IF_ERROR(gate_.Admit(kRule, *caller, tenants_));
  SIGNET_ASSIGN_OR_RETURN(scope_, ParseScope(request.name()));
  return hub_.Add(self_, QueueOwner(*caller));
}

absl::Status KeyWatchCall::CheckCaller() const {
  SIGNET_ASSIGN_OR_RETURN(const auto caller, gate_.Authenticate(evidence_));
  return gate_.CheckMay(kRule, *caller, tenants_);
}

void KeyWatchCall::Check() {
  const absl::Status status = CheckCaller();
  if (!status.ok()) End(status);
}

void KeyWatchCall::Wake() {
  {
    MutexLock lock(mutex_);
    due_ = true;
  }
  Proceed();
}

void KeyWatchCall::End(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    NoteEnd(status);
  }
  Proceed();
}

void KeyWatchCall::NoteEnd(const absl::Status& status) {
  if (!end_) end_ = status;
  page_.clear();
}

void KeyWatchCall::Proceed() {
  // What is started below may have another thread be done with this object.
  const std::shared_ptr<KeyWatchCall> self = shared_from_this();
  State next = State::kIdle;
  absl::Status end;
  {
    MutexLock lock(mutex_);
    // A call that waits for its turn can end meanwhile; its turn then passes.
    if (state_ != State::kIdle && !(state_ == State::kQueued && end_)) return;
    if (end_) {
      next = State::kFinished;
      end = *end_;
    } else if (!page_.empty()) {
      next = State::kWriting;
      message_ = std::move(page_.front());
      page_.pop_front();
    } else if (due_) {
      next = State::kQueued;
      due_ = false;
    }
    state_ = next;
  }
  if (next == State::kFinished) stream_.Finish(report_.End(end));
  if (next == State::kWriting) stream_.StartWrite(message_);
  if (next == State::kQueued) hub_.RequestRead(self);
}

void KeyWatchCall::Read() {
  {
    MutexLock lock(mutex_);
    if (state_ != State::kQueued) return;
    state_ = State::kReading;
  }
  absl::StatusOr<Page> page = ReadPage();
  {
    MutexLock lock(mutex_);
    state_ = State::kIdle;
    if (!page.ok()) {
      NoteEnd(page.status());
    } else if (!end_) {
      page_ = *std::move(page);
      if (!watch_->at_end()) due_ = true;
    }
  }
  Proceed();
}

absl::StatusOr<KeyWatchCall::Page> KeyWatchCall::ReadPage() {
  SIGNET_RETURN_IF_ERROR(CheckCaller());
  Page page;
  if (!watch_) {
    SIGNET_ASSIGN_OR_RETURN(watch_, core::KeyWatch::Open(services_, scope_, resume_token_));
    page.emplace_back().set_resume_token(watch_->resume_token());
    return page;
  }
  SIGNET_ASSIGN_OR_RETURN(std::vector<core::KeyChange> changes, watch_->Read(kPageSize));
  for (core::KeyChange& change : changes) page.push_back(ToMessage(std::move(change)));
  return page;
}

void KeyWatchCall::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    state_ = State::kIdle;
    if (!ok) NoteEnd(CallIsOver(stream_));
  }
  Proceed();
}

void KeyWatchCall::OnCancel() { End(CallIsOver(stream_)); }

void KeyWatchCall::OnDone() {
  const std::shared_ptr<KeyWatchCall> self = std::move(self_);
  hub_.Remove(self);
}

}  // namespace signet::rpc
