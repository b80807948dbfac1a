#include "server/rpc/unary_call.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "base/error.h"
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

// What an operator should look at: failures of this server or of what it depends on, whose message the caller may not see.
bool IsServerFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kUnavailable;
}

}  // namespace

UnaryCall::UnaryCall(absl::string_view method, grpc::CallbackServerContext& context, const CallReporting& reporting)
    : method_(method),
      context_(context),
      reactor_(context.DefaultReactor()),
      reporting_(reporting),
      request_id_(ChooseRequestId(context, reporting.random)) {
  context_.AddInitialMetadata(kRequestIdKey, request_id_);
}

absl::Status UnaryCall::CheckWanted() const {
  // The deadline first: gRPC also cancels a call whose deadline has passed.
  if (context_.deadline() < std::chrono::system_clock::now()) {
    return Error(absl::StatusCode::kDeadlineExceeded, reason::kDeadlinePassed, "the deadline passed before the work was begun");
  }
  if (context_.IsCancelled()) {
    return Error(absl::StatusCode::kCancelled, reason::kCallCancelled, "the call was cancelled before the work was begun");
  }
  return absl::OkStatus();
}

void UnaryCall::Finish(const absl::Status& status) {
  const grpc::Status reply = ToGrpcStatus(status, request_id_);
  Report(status, static_cast<absl::StatusCode>(reply.error_code()));
  reactor_->Finish(reply);
}

void UnaryCall::Report(const absl::Status& status, absl::StatusCode sent_code) const {
  const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - start_);
  const std::string code = absl::StatusCodeToString(sent_code);
  reporting_.metrics.RecordRpc(method_, code, duration);
  std::vector<LogField> fields = {{"method", std::string(method_)}, {"code", code},
                                  {"reason", SentReason(status)},   {"duration_ms", absl::ToDoubleMilliseconds(duration)},
                                  {"request_id", request_id_},      {"peer", context_.peer()}};
  if (IsServerFault(sent_code)) fields.emplace_back("error", std::string(status.message()));
  reporting_.logger.Log(IsServerFault(sent_code) ? LogLevel::kError : LogLevel::kInfo, "call", fields);
}

}  // namespace signet::rpc
