#include "server/rpc/signing_tally.h"

#include "server/rpc/status_conversion.h"

namespace signet::rpc {

void SigningTally::CountFailed(const absl::Status& error) {
  failed_.fetch_add(1, std::memory_order_relaxed);
  if (!IsServerFault(error)) return;
  MutexLock lock(mutex_);
  if (fault_.ok()) fault_ = error;
}

void SigningTally::Report(CallReport& report, Logger& logger) const {
  report.AddCount("signed", signed_);
  report.AddCount("failed", failed_);
  absl::Status fault;
  {
    MutexLock lock(mutex_);
    fault = fault_;
  }
  if (fault.ok()) return;
  logger.Log(LogLevel::kError, "an item of a call failed",
             {{"code", absl::StatusCodeToString(fault.code())},
              {"reason", SentReason(fault)},
              {"error", std::string(fault.message())},
              {"request_id", report.request_id()}});
}

}  // namespace signet::rpc
