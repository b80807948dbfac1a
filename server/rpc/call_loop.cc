#include "server/rpc/call_loop.h"

#include <optional>
#include <utility>

#include "base/thread_sanitizer.h"
#include "server/rpc/gathered_sends.h"

namespace signet::rpc {
namespace {

// The most events at once, so that what they submitted is begun.
constexpr int kMaxEvents = 64;
// How long one queue is waited for, of those that are to be stopped.
constexpr std::chrono::milliseconds kStopInterval{5};

// Takes one event and has it handled; false if there was none until `deadline`, or will be none any more.
bool HandleOne(grpc::CompletionQueue& queue, gpr_timespec deadline) {
  void* tag = nullptr;
  bool ok = false;
  if (queue.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
  TellTakeOver(tag);
  static_cast<RpcEvent*>(tag)->Happen(ok);
  return true;
}

gpr_timespec Now() { return gpr_time_0(GPR_CLOCK_MONOTONIC); }
gpr_timespec Soon(std::chrono::milliseconds delay) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(delay.count(), GPR_TIMESPAN));
}

}  // namespace

CallLoop::~CallLoop() { Stop(); }

grpc::ServerCompletionQueue& CallLoop::AddQueue(grpc::ServerBuilder& builder) {
  queues_.push_back(builder.AddCompletionQueue());
  return *queues_.back();
}

void CallLoop::Start() {
  started_ = true;
  if (executor_ != nullptr) {
    executor_->Attach(*this);
  } else {
    thread_ = std::thread([this] { Run(); });
  }
}

void CallLoop::Stop() {
  if (std::exchange(started_, false)) {
    if (executor_ != nullptr) {
      executor_->Detach();
    } else {
      stopping_ = true;
      Wake();
      thread_.join();
    }
  }
  Flush();
  while (calls_ > 0) {
    for (const std::unique_ptr<grpc::ServerCompletionQueue>& queue : queues_) HandleOne(*queue, Soon(kStopInterval));
  }
  for (const std::unique_ptr<grpc::ServerCompletionQueue>& queue : std::exchange(queues_, {})) {
    queue->Shutdown();
    while (HandleOne(*queue, gpr_inf_future(GPR_CLOCK_MONOTONIC))) {
    }
  }
}

void CallLoop::Run() {
  while (!stopping_) Poll(Wait::kUntilWoken);
}

void CallLoop::Reply(HeldReply& reply) {
  // Turns are those of the executor, which flushes the loop that it looks into.
  if (executor_ == nullptr || !core::Executor::InTurn()) return reply.Send();
  MutexLock lock(mutex_);
  held_.push_back(&reply);
}

void CallLoop::Flush() {
  std::vector<HeldReply*> replies;
  {
    MutexLock lock(mutex_);
    replies.swap(held_);
  }
  std::optional<GatheredSends> together;
  if (replies.size() > 1) together.emplace();
  for (HeldReply* const reply : replies) reply->Send();
}

void CallLoop::Poll(Wait wait) {
  // Of a turn that does not end.
  Flush();
  grpc::CompletionQueue& queue = *queues_.front();
  if (wait == Wait::kUntilWoken) {
    const bool alone = queues_.size() == 1;
    const gpr_timespec until = alone ? gpr_inf_future(GPR_CLOCK_MONOTONIC) : Soon(kLookInterval);
    HandleOne(queue, until);
  }
  for (int events = 1; events < kMaxEvents && HandleOne(queue, Now()); ++events) {
  }
  LookIntoOthers();
}

void CallLoop::LookIntoOthers() {
  if (queues_.size() == 1) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < looked_ + kLookInterval) return;
  looked_ = now;
  for (size_t i = 1; i < queues_.size(); ++i) {
    for (int events = 0; events < kMaxEvents && HandleOne(*queues_[i], Now()); ++events) {
    }
  }
}

void CallLoop::Wake() {
  if (!waking_.exchange(true)) alarm_.Set(queues_.front().get(), Now(), woken_.tag());
}

}  // namespace signet::rpc
