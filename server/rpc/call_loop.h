#ifndef SIGNET_SERVER_RPC_CALL_LOOP_H_
#define SIGNET_SERVER_RPC_CALL_LOOP_H_

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "server/core/executor.h"
#include "server/core/work_source.h"
#include "server/rpc/rpc_event.h"

namespace signet::rpc {

// HeldReply is a reply that can be held back for a moment.
class HeldReply {
 public:
  virtual void Send() = 0;

 protected:
  ~HeldReply() = default;
};

// CallLoop has the workers of an executor look into gRPC's completion queues. It should be all of the process that does: whatever
// else waits for gRPC, such as another loop or its callback interface, takes turns with it in reading from connections, and wakes
// it for each call.
//
// The first queue is waited for, and the others, of servers with little to do, are looked into every kLookInterval. Thread-safe.
class CallLoop final : public core::WorkSource {
 public:
  static constexpr std::chrono::milliseconds kLookInterval{50};

  // Borrows `executor`.
  explicit CallLoop(core::Executor& executor) : executor_(&executor) {}
  // A thread of its own looks into the queues. WARNING: see above; for what is seldom called.
  CallLoop() = default;
  // As Stop.
  ~CallLoop() override;

  // Makes a queue for a server that is being built. To be called before Start.
  grpc::ServerCompletionQueue& AddQueue(grpc::ServerBuilder& builder);

  void Start();
  // To be called when the servers have been shut down, for which the loop must run. Waits for the calls that are not over: gRPC
  // takes no reply when its queue is gone. Idempotent.
  void Stop();

  // Count the calls under way: one has arrived; one is over, and all that gRPC had to report of it.
  void BeginCall() { ++calls_; }
  void EndCall() { --calls_; }

  // Sends `reply`, now, or at the end of the turn of the calling worker, and borrows it until then.
  void Reply(HeldReply& reply);

  void Poll(Wait wait) override;
  void Wake() override;
  void Flush() override;

 private:
  class WakeEvent final : public RpcEvent {
   public:
    explicit WakeEvent(CallLoop& loop) : loop_(loop) {}
    void Happen(bool) override { loop_.waking_ = false; }

   private:
    CallLoop& loop_;
  };

  void LookIntoOthers();

  // Has a thread of its own look into the queues.
  void Run();

  core::Executor* const executor_ = nullptr;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  bool started_ = false;
  std::atomic<int> calls_ = 0;
  // Only the thread in Poll.
  std::chrono::steady_clock::time_point looked_;

  grpc::Alarm alarm_;
  std::atomic<bool> waking_ = false;
  WakeEvent woken_{*this};

  Mutex mutex_;
  std::vector<HeldReply*> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CALL_LOOP_H_
