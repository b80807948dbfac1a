#ifndef SIGNET_SERVER_RPC_RPC_EVENT_H_
#define SIGNET_SERVER_RPC_RPC_EVENT_H_

#include "base/thread_sanitizer.h"

namespace signet::rpc {

// RpcEvent is something that gRPC reports on a completion queue; its address is the tag.
class RpcEvent {
 public:
  // Called once for each operation that was begun with it. `ok` is gRPC's, and means what the operation says.
  virtual void Happen(bool ok) = 0;
  // For the operation that is begun now.
  void* tag() {
    TellHandOver(this);
    return this;
  }

 protected:
  ~RpcEvent() = default;
};

// MemberEvent calls a member function.
template <typename Rpc>
class MemberEvent final : public RpcEvent {
 public:
  using Handler = void (Rpc::*)(bool ok);
  MemberEvent(Rpc& rpc, Handler handler) : rpc_(rpc), handler_(handler) {}
  void Happen(bool ok) override { (rpc_.*handler_)(ok); }

 private:
  Rpc& rpc_;
  const Handler handler_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_RPC_EVENT_H_
