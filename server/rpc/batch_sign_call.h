#ifndef SIGNET_SERVER_RPC_BATCH_SIGN_CALL_H_
#define SIGNET_SERVER_RPC_BATCH_SIGN_CALL_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/core/names.h"
#include "server/core/principal.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/signing_tally.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/unary_rpc.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// BatchSignCall is one call of signet.v1.KeyService/BatchSign, from its arrival to its reply. Its items are signed in parts, each a
// task of the signing executor, where the caller's tenant takes turns with others for each of them. Whoever ends last replies.
// When the HSM hangs, what a part has not signed by then is given up.
class BatchSignCall : public std::enable_shared_from_this<BatchSignCall> {
 public:
  // Begins a call. `backend` and `response` are borrowed; takes the content of `request`, which belongs to gRPC: nobody else reads
  // it any more.
  static void Start(const GrpcBackend& backend, const CallGate& gate, UnaryContext& context, const v1::BatchSignRequest& request,
                    v1::BatchSignResponse& response);

 private:
  class Part;

  BatchSignCall(const GrpcBackend& backend, UnaryContext& context, const v1::BatchSignRequest& request,
                v1::BatchSignResponse& response);

  // Lets the caller in, checks what is about all items, and refuses those that pass its quota.
  absl::Status Admit(const CallGate& gate, const grpc::ServerContext& context);
  // Hands the items over.
  //   as core::Executor::Submit, if it took none
  absl::Status Submit();
  void Refuse(int item, const absl::Status& status);
  // To be called by Start with 1, and for each part that was submitted with the number of its items.
  void End(int items);

  const GrpcBackend& backend_;
  UnaryCall call_;
  const absl::Time deadline_;
  // Its own, as a part that was given up may look at it still.
  const v1::BatchSignRequest request_;
  // Has all its results before the first part is submitted, so that no two threads touch the same.
  v1::BatchSignResponse& response_;
  // Set by Admit.
  std::shared_ptr<const core::Principal> caller_;  // Shared with the authenticator.
  core::RingName ring_;
  int granted_ = 0;
  // Set before the last part ends.
  absl::Status failure_;

  SigningTally tally_;
  std::atomic<bool> dropped_ = false;
  // Those of parts that are under way, and 1 for Start.
  std::atomic<int> open_items_ = 1;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_BATCH_SIGN_CALL_H_
