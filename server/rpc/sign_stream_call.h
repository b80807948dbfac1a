#ifndef SIGNET_SERVER_RPC_SIGN_STREAM_CALL_H_
#define SIGNET_SERVER_RPC_SIGN_STREAM_CALL_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "server/core/names.h"
#include "server/core/principal.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/call_report.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/peer_evidence.h"
#include "server/rpc/sign_streams.h"
#include "server/rpc/signing_tally.h"
#include "server/rpc/stream_rpc.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// SignStreamCall is one call of signet.v1.KeyService/StreamSign, from its arrival to its end.
//
// Each message is cut into parts, which are tasks of the signing executor, as those of a batch are. What the parts of a worker's
// turn made is gathered, and written as one message when the turn ends and gRPC has taken what was written before. The next message
// is read while less than kWindow items, and less than kWindowBytes of input, are without reply. Keeps itself alive until gRPC is
// done with it.
class SignStreamCall final : public StreamHandler,
                             public SignStream,
                             public HeldReply,
                             public std::enable_shared_from_this<SignStreamCall> {
 public:
  using Stream = MessageStream<v1::StreamSignRequest, v1::StreamSignResponse>;
  static constexpr int kWindow = 256;
  static constexpr size_t kWindowBytes = 256 * 1024;

  // Begins a call; all is borrowed.
  static void Start(const GrpcBackend& backend, SignStreams& streams, const CallGate& gate, Stream& stream);

  void Check() override;
  void End(const absl::Status& status) override;

  void OnReadDone(Read read) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  // WARNING: may delete this object.
  void OnDone() override;

  // Writes what is gathered. WARNING: may delete this object.
  void Send() override;

 private:
  class Part;
  enum class Step { kNone, kRead, kWrite, kFinish };
  using Caller = std::shared_ptr<const core::Principal>;  // Shared with the authenticator.
  // A message, and who sent it, for as long as a part of it is worked on.
  struct Message {
    v1::StreamSignRequest request;
    Caller caller;
    core::RingName ring;
  };

  SignStreamCall(const GrpcBackend& backend, SignStreams& streams, const CallGate& gate, Stream& stream);

  absl::Status Admit();
  // Finds out who calls, and whether it may sign for `tenants`.
  absl::StatusOr<Caller> CheckCaller(const std::vector<keystore::TenantId>& tenants) const;
  // Asks gRPC for what is to be done next, one thing after another. Called after each change of the state below.
  void Proceed();
  Step NextStep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Has the message signed that was just read. An error ends the call.
  absl::Status Take(v1::StreamSignRequest request);
  // Sets the ring of a message, and checks it if the message names it.
  absl::Status FindRing(Message& message);
  void Submit(const std::shared_ptr<const Message>& message, int count);
  void Refuse(const v1::StreamSignRequest& request, int begin, int end, const absl::Status& status);
  // Has the results of the items from `begin` to `end` written.
  void Answer(const v1::StreamSignRequest& request, int begin, int end, v1::StreamSignResponse results);

  // Its own: what was handed to the executor may outlive the server.
  const GrpcBackend backend_;
  SignStreams& streams_;
  // Its own, and so is what the caller came with: it may be looked at while gRPC ends the call and its context.
  const CallGate gate_;
  Stream& stream_;
  CallReport report_;
  SigningTally tally_;
  // Set by Admit, before SignStreams knows this object.
  PeerEvidence evidence_;
  // From Start until gRPC is done with it.
  std::shared_ptr<SignStreamCall> self_;
  // Nobody waits for it any more: nothing further need be signed.
  std::atomic<bool> ended_ = false;

  // Used by gRPC between Start… and On…Done.
  v1::StreamSignRequest incoming_;
  v1::StreamSignResponse outgoing_;
  // Only touched between reads, of which there is one at a time.
  std::optional<core::RingName> ring_;

  // Not held while gRPC is called.
  Mutex mutex_;
  // A thread is in Proceed, and will see what is changed meanwhile.
  bool proceeding_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // What has no reply yet, or one that gRPC has not taken.
  int open_items_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of what has no reply yet.
  size_t open_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  v1::StreamSignResponse ready_ ABSL_GUARDED_BY(mutex_);
  // Itself, while the loop holds it to have it Send, which the call's end waits for.
  std::shared_ptr<SignStreamCall> held_ ABSL_GUARDED_BY(mutex_);
  // The error that the call is to end with.
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  // Whom the last message was about.
  std::vector<keystore::TenantId> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SIGN_STREAM_CALL_H_
