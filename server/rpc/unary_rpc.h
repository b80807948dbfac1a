#ifndef SIGNET_SERVER_RPC_UNARY_RPC_H_
#define SIGNET_SERVER_RPC_UNARY_RPC_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/rpc_event.h"
#include "server/rpc/rpc_method.h"
#include "server/rpc/status_conversion.h"

namespace signet::rpc {

// UnaryContext is one unary call, as its handler sees it.
class UnaryContext : public grpc::ServerContext {
 public:
  // Replies, with the response if `status` is OK. To be called exactly once, on any thread. The context, the request and the
  // response are gone afterwards, and not before, even if the call is cancelled.
  virtual void Finish(const grpc::Status& status) = 0;
};

// UnaryMethod is a unary method. It answers INVALID_ARGUMENT itself to what cannot be parsed.
template <typename Request, typename Response>
class UnaryMethod final : public RpcMethod {
 public:
  // Asks gRPC for a call.
  using Ask = std::function<void(grpc::ServerContext* context, grpc::ByteBuffer* request,
                                 grpc::ServerAsyncResponseWriter<Response>* call, grpc::ServerCompletionQueue* queue, void* tag)>;
  // Handles one, which it finishes, on any thread; on the thread that calls it, it waits for nothing.
  using Handle = std::function<void(UnaryContext& context, const Request& request, Response& response)>;

  // Waits for `awaited` calls at the same time: gRPC hands out a call that was waited for without another look at its list of
  // calls.
  UnaryMethod(Ask ask, Handle handle, int awaited) : ask_(std::move(ask)), handle_(std::move(handle)), awaited_(awaited) {}

  void Serve(CallLoop& loop, grpc::ServerCompletionQueue& queue) const override {
    for (int i = 0; i < awaited_; ++i) Await(loop, queue);
  }

 private:
  class Rpc;

  void Await(CallLoop& loop, grpc::ServerCompletionQueue& queue) const {
    // Deletes itself when gRPC has reported all of it.
    Rpc* const rpc = new Rpc(*this, loop, queue);
    rpc->Await();
  }

  const Ask ask_;
  const Handle handle_;
  const int awaited_;
};

template <typename Request, typename Response>
class UnaryMethod<Request, Response>::Rpc final : public UnaryContext, public HeldReply {
 public:
  Rpc(const UnaryMethod& method, CallLoop& loop, grpc::ServerCompletionQueue& queue)
      : method_(method), loop_(loop), queue_(queue) {}

  void Await() {
    AsyncNotifyWhenDone(ended_.tag());
    method_.ask_(this, &received_, &writer_, &queue_, arrived_.tag());
  }

  void Finish(const grpc::Status& status) override {
    status_ = status;
    loop_.Reply(*this);
  }

  void Send() override {
    if (status_.ok()) {
      writer_.Finish(response_, status_, replied_.tag());
    } else {
      writer_.FinishWithError(status_, replied_.tag());
    }
  }

 private:
  void OnArrived(bool ok) {
    if (!ok) {
      // The server is shutting down, and nothing else will be reported.
      delete this;
      return;
    }
    loop_.BeginCall();
    method_.Await(loop_, queue_);
    const absl::Status parsed = Parse(received_, request_);
    if (parsed.ok()) {
      method_.handle_(*this, request_, response_);
    } else {
      Finish(ToGrpcStatus(parsed, ""));
    }
  }
  // Both come, in either order: the reply was sent or cannot be, and the call was cancelled or is over.
  void OnEnd(bool) {
    if (left_.fetch_sub(1) != 1) return;
    loop_.EndCall();
    delete this;
  }

  const UnaryMethod& method_;
  CallLoop& loop_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ByteBuffer received_;
  Request request_;
  Response response_;
  grpc::Status status_;
  grpc::ServerAsyncResponseWriter<Response> writer_{this};
  std::atomic<int> left_ = 2;
  MemberEvent<Rpc> arrived_{*this, &Rpc::OnArrived};
  MemberEvent<Rpc> replied_{*this, &Rpc::OnEnd};
  MemberEvent<Rpc> ended_{*this, &Rpc::OnEnd};
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_UNARY_RPC_H_
