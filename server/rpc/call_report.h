#ifndef SIGNET_SERVER_RPC_CALL_REPORT_H_
#define SIGNET_SERVER_RPC_CALL_REPORT_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/logger.h"
#include "base/random.h"
#include "server/core/metrics.h"

namespace signet::rpc {

// What a call reports to; all borrowed, all thread-safe.
struct CallReporting {
  core::Metrics& metrics;
  Logger& logger;
  Random& random;
};

// CallReport is what every call, unary or stream, tells of itself: its request id at its beginning, a log line and a count at its
// end.
class CallReport {
 public:
  // `method` is constant text, such as "signet.v1.KeyService/GetKey". Chooses the call's request id and sends it back in the
  // initial metadata: the caller's `x-request-id` as ChooseCallId takes it.
  CallReport(absl::string_view method, grpc::ServerContext& context, const CallReporting& reporting);

  // Names who calls, once that is known.
  void SetPrincipal(const std::string& name) { principal_ = name; }

  // Adds a number to the log line; `name` is constant text.
  void AddCount(absl::string_view name, int64_t count) { counts_.emplace_back(name, count); }
  const std::string& request_id() const { return request_id_; }

  // Writes the access-log line and counts the call. Returns the status to finish it with, which must be done next: the context is
  // still needed here. Call it once.
  grpc::Status End(const absl::Status& status) const;

 private:
  const absl::string_view method_;
  const grpc::ServerContext& context_;
  const CallReporting reporting_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const std::string request_id_;
  std::string principal_;
  std::vector<LogField> counts_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CALL_REPORT_H_
