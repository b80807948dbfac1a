#ifndef SIGNET_SERVER_RPC_SIGN_STREAMS_H_
#define SIGNET_SERVER_RPC_SIGN_STREAMS_H_

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "server/core/fair_places.h"

namespace signet::rpc {

// SignStream is one call of StreamSign, as SignStreams sees it. Its methods are called on any thread and wait for nothing.
class SignStream {
 public:
  virtual ~SignStream() = default;
  // Ends the stream if its caller may not sign any more.
  virtual void Check() = 0;
  // The stream is to end with `status`, an error, once gRPC has taken the reply that is being written. What has no reply by then
  // gets none, signed or not.
  virtual void End(const absl::Status& status) = 0;
};

// SignStreams knows the calls of StreamSign of one server: it bounds their number, has those that are idle look at their callers,
// and ends them at a shutdown. Thread-safe.
class SignStreams {
 public:
  struct Options {
    int max_streams = 1000;
    absl::Duration check_interval = absl::Seconds(1);
  };
  explicit SignStreams(const Options& options);
  // As Shutdown.
  ~SignStreams();

  // Counts `stream`, which is new, in until Remove. `owner` is whose it is, such as the tenant of its caller: one that is named
  // gets half of the places at most (core::FairPlaces).
  //   kResourceExhausted  STREAM_LIMIT
  //   kUnavailable        SHUTTING_DOWN
  absl::Status Add(std::shared_ptr<SignStream> stream, const std::string& owner);
  void Remove(const std::shared_ptr<SignStream>& stream);

  // Ends all streams, and lets no more in: SHUTTING_DOWN. Idempotent.
  void Shutdown();

 private:
  void Run();
  std::vector<std::shared_ptr<SignStream>> Streams() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Mutex mutex_;
  CondVar bell_;
  core::FairPlaces places_ ABSL_GUARDED_BY(mutex_);
  // With their owners. Shared with those who call them.
  std::map<std::shared_ptr<SignStream>, std::string> streams_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SIGN_STREAMS_H_
