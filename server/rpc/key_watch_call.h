#ifndef SIGNET_SERVER_RPC_KEY_WATCH_CALL_H_
#define SIGNET_SERVER_RPC_KEY_WATCH_CALL_H_

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "server/core/key_watch.h"
#include "server/core/key_watch_hub.h"
#include "server/core/services.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/call_report.h"
#include "server/rpc/peer_evidence.h"
#include "server/rpc/stream_rpc.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// KeyWatchCall is one call of signet.v1.KeyService/WatchKeys, from its arrival to its end.
//
// It does one thing at a time: it waits, or waits for its turn to read, or reads a page of changes on the admin executor, or has
// gRPC write one message. The next page is read when the last one is written and there may be something new: so a caller who reads
// slowly costs one page of memory, and what changes meanwhile stays in the store. Whether the caller may watch is asked again
// before each read, and whenever the hub says so: a token that expires or is revoked ends the call. Keeps itself alive until gRPC
// is done with it.
class KeyWatchCall final : public StreamHandler, public core::KeyWatcher, public std::enable_shared_from_this<KeyWatchCall> {
 public:
  using Stream = ResponseStream<v1::WatchKeysResponse>;

  // Begins a call; all is borrowed. The errors that end the call are those that
  // the proto documents; beside those of core::KeyWatch and core::KeyWatchHub
  //   kInvalidArgument   MISSING_FIELD, INVALID_NAME: a field of the request
  //   as CallGate        who may not watch, from the beginning or any more
  //   kDeadlineExceeded  DEADLINE_PASSED
  //   kCancelled         CALL_CANCELLED
  static void Start(const core::Services& services, core::KeyWatchHub& hub, const CallGate& gate, const CallReporting& reporting,
                    Stream& stream, const v1::WatchKeysRequest& request);

  const keystore::TenantId& tenant() const override { return scope_.tenant; }
  void Wake() override;
  void Read() override;
  void Check() override;
  void End(const absl::Status& status) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  // WARNING: may delete this object.
  void OnDone() override;

 private:
  enum class State { kIdle, kQueued, kReading, kWriting, kFinished };
  using Page = std::deque<v1::WatchKeysResponse>;

  KeyWatchCall(const core::Services& services, core::KeyWatchHub& hub, const CallGate& gate, const CallReporting& reporting,
               Stream& stream, const v1::WatchKeysRequest& request);

  absl::Status Admit(const v1::WatchKeysRequest& request);
  // OK while the caller may watch: the token or certificate that it came with is as good as ever, and so is its reach.
  absl::Status CheckCaller() const;
  // Starts what is to be done next, if anything is and nothing is under way.
  void Proceed();
  // Opens the watch, or reads from it. Only in State::kReading.
  absl::StatusOr<Page> ReadPage();
  void NoteEnd(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const core::Services& services_;
  core::KeyWatchHub& hub_;
  // Its own, and so is what the caller came with: the hub may have it looked at while gRPC ends the call and its context.
  const CallGate gate_;
  Stream& stream_;
  const std::string resume_token_;
  CallReport report_;
  // Set by Admit, before anybody else knows this object.
  PeerEvidence evidence_;
  std::vector<keystore::TenantId> tenants_;
  core::WatchScope scope_;
  std::shared_ptr<KeyWatchCall> self_;

  // Only touched in State::kReading; absent until the first page.
  std::optional<core::KeyWatch> watch_;
  // Only written when kWriting begins; read by gRPC until OnWriteDone.
  v1::WatchKeysResponse message_;

  // Not held while gRPC, the hub or the store is called.
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  // There may be something to read.
  bool due_ ABSL_GUARDED_BY(mutex_) = false;
  // What was read and is not written yet.
  Page page_ ABSL_GUARDED_BY(mutex_);
  // What the call is to end with.
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_KEY_WATCH_CALL_H_
