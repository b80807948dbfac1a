#ifndef SIGNET_CLIENTS_CPP_STREAM_H_
#define SIGNET_CLIENTS_CPP_STREAM_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"
#include "clients/cpp/status.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"

namespace signet::client {

// Stream reads the replies of one call that the server answers with many, in their order.
//
// Client::Open makes it; the caller owns it, and with it the call. It keeps the connection alive by itself, so that it may outlive
// the Client. It has no deadline: it lives until the server ends it, the connection fails, or it is cancelled or destroyed. One
// thread reads; Cancel may be called from any other, as long as the stream exists.
template <typename Reply>
class Stream {
 public:
  // `on_end` is told how the server ended the call; may be nullptr.
  Stream(std::unique_ptr<grpc::ClientContext> context, std::unique_ptr<grpc::ClientReader<Reply>> reader,
         std::function<void(const absl::Status&)> on_end)
      : context_(std::move(context)), reader_(std::move(reader)), on_end_(std::move(on_end)) {}
  // A stream that ended with `failure` before it began.
  explicit Stream(absl::Status failure) : ended_(true), end_(std::move(failure)) {}
  // Cancels what is still running, and waits until it has ended.
  ~Stream() {
    if (ended_) return;
    Cancel();
    // gRPC wants all replies to be read before the end.
    Reply rest;
    while (reader_->Read(&rest)) {
    }
    reader_->Finish();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Waits for the next reply. nullopt means that the server ended the stream, and all is well; any error ends it, too. After the
  // end, it returns the same again.
  //   kUnavailable  the connection failed, or the server shuts down; safe to open the stream again, behind what was read
  //   kCancelled    Cancel was called
  absl::StatusOr<std::optional<Reply>> Next() {
    Reply reply;
    if (!ended_ && reader_->Read(&reply)) return std::optional<Reply>(std::move(reply));
    if (!ended_) {
      end_ = FromGrpc(reader_->Finish());
      if (on_end_) on_end_(end_);
    }
    ended_ = true;
    SIGNET_RETURN_IF_ERROR(end_);
    return std::optional<Reply>();
  }

  // Ends the stream from this side: a Next that waits returns at once, but for replies that have arrived before.
  void Cancel() {
    if (context_ != nullptr) context_->TryCancel();
  }

 private:
  // Destroyed after the reader, which uses it.
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<Reply>> reader_;
  std::function<void(const absl::Status&)> on_end_;
  bool ended_ = false;
  absl::Status end_;
};

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_STREAM_H_
