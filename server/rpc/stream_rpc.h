#ifndef SIGNET_SERVER_RPC_STREAM_RPC_H_
#define SIGNET_SERVER_RPC_STREAM_RPC_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/rpc_event.h"
#include "server/rpc/rpc_method.h"
#include "server/rpc/status_conversion.h"

namespace signet::rpc {

// StreamHandler is who handles a call that streams. Called by one thread at a time, which must not wait.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  // A read has ended: with a message; with the end of the stream, or because it is broken; or with bytes that are no message.
  enum class Read { kMessage, kEnd, kGarbage };
  virtual void OnReadDone(Read read) { static_cast<void>(read); }
  // A write has ended; not `ok`: the stream is broken.
  virtual void OnWriteDone(bool ok) = 0;
  // The caller, or its deadline, has ended the call. It still has to be finished, unless it was.
  virtual void OnCancel() = 0;
  // gRPC is done with the call, which is the last that is heard of it.
  virtual void OnDone() = 0;
};

// ResponseStream is one call that is answered with a stream, as its handler sees it. It lives until OnDone has returned. What
// begins something may be called on any thread.
template <typename Response>
class ResponseStream : public grpc::ServerContext {
 public:
  // What reports its events; where what it answers can be held back (CallLoop::Reply).
  virtual CallLoop& loop() = 0;
  // Has `handler` told what happens, which is borrowed until OnDone. To be called first, when the call arrives; a call that is
  // finished at once needs none.
  virtual void Begin(StreamHandler& handler) = 0;
  // One at a time, and not after Finish. `message` is borrowed until OnWriteDone.
  virtual void StartWrite(const Response& message) = 0;
  // To be called exactly once, while no write is under way.
  virtual void Finish(const grpc::Status& status) = 0;
};

// MessageStream is the same for a call that also sends a stream.
template <typename Request, typename Response>
class MessageStream : public ResponseStream<Response> {
 public:
  // One at a time, and not after Finish. `message` is borrowed until OnReadDone.
  virtual void StartRead(Request& message) = 0;
};

// StreamMethod is a method that is answered with a stream. Call is MessageStream<Request, Response>, or ResponseStream<Response>
// for one with a single request.
template <typename Request, typename Response, typename Call>
class StreamMethod final : public RpcMethod {
 public:
  static constexpr bool kReads = std::is_same_v<Call, MessageStream<Request, Response>>;
  using Stream =
      std::conditional_t<kReads, grpc::ServerAsyncReaderWriter<Response, grpc::ByteBuffer>, grpc::ServerAsyncWriter<Response>>;
  // Asks gRPC for a call. One that streams its requests leaves `request` alone.
  using Ask = std::function<void(grpc::ServerContext* context, grpc::ByteBuffer* request, Stream* call,
                                 grpc::ServerCompletionQueue* queue, void* tag)>;
  // Handles one: calls Begin, or Finish. `request` is gone when it returns, as streams last; empty for one that streams them.
  using Handle = std::function<void(Call& call, const Request& request)>;

  StreamMethod(Ask ask, Handle handle) : ask_(std::move(ask)), handle_(std::move(handle)) {}

  void Serve(CallLoop& loop, grpc::ServerCompletionQueue& queue) const override { Await(loop, queue); }

 private:
  class Rpc;

  void Await(CallLoop& loop, grpc::ServerCompletionQueue& queue) const {
    // Deletes itself when gRPC has reported all of it.
    Rpc* const rpc = new Rpc(*this, loop, queue);
    rpc->Await();
  }

  const Ask ask_;
  const Handle handle_;
};

template <typename Request, typename Response, typename Call>
class StreamMethod<Request, Response, Call>::Rpc final : public Call {
 public:
  Rpc(const StreamMethod& method, CallLoop& loop, grpc::ServerCompletionQueue& queue)
      : method_(method), loop_(loop), queue_(queue) {}

  void Await() {
    this->AsyncNotifyWhenDone(ended_.tag());
    method_.ask_(this, &received_, &stream_, &queue_, arrived_.tag());
  }

  CallLoop& loop() override { return loop_; }
  void Begin(StreamHandler& handler) override { handler_ = &handler; }
  void StartWrite(const Response& message) override {
    ++left_;
    stream_.Write(message, wrote_.tag());
  }
  void Finish(const grpc::Status& status) override { stream_.Finish(status, finished_.tag()); }
  // Of MessageStream.
  void StartRead(Request& message) {
    if constexpr (kReads) {
      ++left_;
      incoming_ = &message;
      stream_.Read(&received_, read_.tag());
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
    Request request;
    const absl::Status parsed = kReads ? absl::OkStatus() : Parse(received_, request);
    if (parsed.ok()) return method_.handle_(*this, request);
    Finish(ToGrpcStatus(parsed, ""));
  }
  void OnRead(bool ok) {
    if (!ok) {
      handler_->OnReadDone(StreamHandler::Read::kEnd);
    } else {
      const bool parsed = Parse(received_, *incoming_).ok();
      handler_->OnReadDone(parsed ? StreamHandler::Read::kMessage : StreamHandler::Read::kGarbage);
    }
    EndOne();
  }
  void OnWrote(bool ok) {
    handler_->OnWriteDone(ok);
    EndOne();
  }
  void OnFinished(bool) { EndOne(); }
  void OnEnded(bool) {
    if (handler_ != nullptr && this->IsCancelled()) handler_->OnCancel();
    EndOne();
  }
  void EndOne() {
    if (left_.fetch_sub(1) != 1) return;
    if (handler_ != nullptr) handler_->OnDone();
    loop_.EndCall();
    delete this;
  }

  const StreamMethod& method_;
  CallLoop& loop_;
  grpc::ServerCompletionQueue& queue_;
  // None for a call that was not handed on.
  StreamHandler* handler_ = nullptr;
  grpc::ByteBuffer received_;
  // What is being read.
  Request* incoming_ = nullptr;
  Stream stream_{this};
  // What is to be reported before the call is over: OnFinished, OnEnded, and what was begun.
  std::atomic<int> left_ = 2;
  MemberEvent<Rpc> arrived_{*this, &Rpc::OnArrived};
  MemberEvent<Rpc> read_{*this, &Rpc::OnRead};
  MemberEvent<Rpc> wrote_{*this, &Rpc::OnWrote};
  MemberEvent<Rpc> finished_{*this, &Rpc::OnFinished};
  MemberEvent<Rpc> ended_{*this, &Rpc::OnEnded};
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_STREAM_RPC_H_
