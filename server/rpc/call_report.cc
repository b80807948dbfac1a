#include "server/rpc/call_report.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "server/rpc/status_conversion.h"

namespace signet::rpc {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr size_t kMaxRequestIdLength = 128;

std::string ChooseRequestId(const grpc::CallbackServerContext& context, Random& random) {
  const auto entry = context.client_metadata().find(kRequestIdKey);
  if (entry != context.client_metadata().end()) {
    const absl::string_view value(entry->second.data(), entry->second.size());
    const bool printable = std::all_of(value.begin(), value.end(), [](char c) { return absl::ascii_isprint(c); });
    if (!value.empty() && value.size() <= kMaxRequestIdLength && printable) return std::string(value);
  }
  return NewUuid(random);
}

// What an operator should look at: failures of this server or of what it depends on, whose message the caller may not see. A
// shutdown is none, though it ends all watches.
bool IsServerFault(absl::StatusCode code, absl::string_view sent_reason) {
  if (sent_reason == reason::kShuttingDown) return false;
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kUnavailable;
}

}  // namespace

CallReport::CallReport(absl::string_view method, grpc::CallbackServerContext& context, const CallReporting& reporting)
    : method_(method), context_(context), reporting_(reporting), request_id_(ChooseRequestId(context, reporting.random)) {
  context.AddInitialMetadata(kRequestIdKey, request_id_);
}

grpc::Status CallReport::End(const absl::Status& status) const {
  grpc::Status sent = ToGrpcStatus(status, request_id_);
  const auto sent_code = static_cast<absl::StatusCode>(sent.error_code());
  const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - start_);
  const std::string code = absl::StatusCodeToString(sent_code);
  reporting_.metrics.RecordRpc(method_, code, duration);
  const std::string sent_reason = SentReason(status);
  std::vector<LogField> fields = {{"method", std::string(method_)}, {"code", code},
                                  {"reason", sent_reason},          {"duration_ms", absl::ToDoubleMilliseconds(duration)},
                                  {"request_id", request_id_},      {"peer", context_.peer()}};
  if (!principal_.empty()) fields.emplace_back("principal", principal_);
  const bool is_fault = IsServerFault(sent_code, sent_reason);
  if (is_fault) fields.emplace_back("error", std::string(status.message()));
  reporting_.logger.Log(is_fault ? LogLevel::kError : LogLevel::kInfo, "call", fields);
  return sent;
}

}  // namespace signet::rpc
