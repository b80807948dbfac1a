#include "server/rpc/call_report.h"

#include "absl/time/time.h"
#include "server/core/call_id.h"
#include "server/rpc/status_conversion.h"

namespace signet::rpc {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";

absl::string_view SentId(const grpc::ServerContext& context) {
  const auto entry = context.client_metadata().find(kRequestIdKey);
  return entry == context.client_metadata().end() ? "" : absl::string_view(entry->second.data(), entry->second.size());
}

}  // namespace

CallReport::CallReport(absl::string_view method, grpc::ServerContext& context, const CallReporting& reporting)
    : method_(method),
      context_(context),
      reporting_(reporting),
      request_id_(core::ChooseCallId(SentId(context), reporting.random)) {
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
  fields.insert(fields.end(), counts_.begin(), counts_.end());
  const bool is_fault = IsServerFault(status);
  if (is_fault) {
    fields.emplace_back("error", std::string(status.message()));
    reporting_.logger.Log(LogLevel::kError, "call", fields);
  } else {
    reporting_.logger.LogSoon(LogLevel::kInfo, "call", fields);
  }
  return sent;
}

}  // namespace signet::rpc
