#ifndef SIGNET_SERVER_RPC_SIGNING_TALLY_H_
#define SIGNET_SERVER_RPC_SIGNING_TALLY_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/logger.h"
#include "base/mutex.h"
#include "server/rpc/call_report.h"

namespace signet::rpc {

// SigningTally counts what became of the items of one call, so that the log has one line of them and not one each. Thread-safe.
class SigningTally {
 public:
  void CountSigned() { signed_.fetch_add(1, std::memory_order_relaxed); }
  void CountFailed(const absl::Status& error);

  // Adds the numbers to the call's line, and writes another, the first failure of this server or of what it depends on, if there
  // was one.
  void Report(CallReport& report, Logger& logger) const;

 private:
  std::atomic<int64_t> signed_ = 0;
  std::atomic<int64_t> failed_ = 0;
  mutable Mutex mutex_;
  absl::Status fault_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SIGNING_TALLY_H_
