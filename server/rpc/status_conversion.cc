#include "server/rpc/status_conversion.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "google/rpc/error_details.pb.h"

namespace signet::rpc {
namespace {

constexpr char kDomain[] = "signet";

bool IsDefect(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInternal || status.code() == absl::StatusCode::kUnknown;
}

void AddRetry(absl::Duration delay, google::rpc::Status& details) {
  google::rpc::RetryInfo retry;
  absl::Duration rest;
  retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  details.add_details()->PackFrom(retry);
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status, absl::string_view request_id) {
  google::rpc::Status details;
  // The numbers of absl::StatusCode are gRPC's.
  details.set_code(static_cast<int>(IsDefect(status) ? absl::StatusCode::kInternal : status.code()));
  details.set_message(IsDefect(status) ? absl::StrCat("internal error; request id ", request_id) : std::string(status.message()));

  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  const std::string reason = SentReason(status);
  if (!reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain(kDomain);
    if (detail && !IsDefect(status)) info.mutable_metadata()->insert(detail->metadata.begin(), detail->metadata.end());
    details.add_details()->PackFrom(info);
  }
  if (detail && detail->retry_delay) AddRetry(*detail->retry_delay, details);
  return details;
}

grpc::Status ToGrpcStatus(const absl::Status& status, absl::string_view request_id) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details = ToRpcStatus(status, request_id);
  google::rpc::RequestInfo call;
  call.set_request_id(std::string(request_id));
  details.add_details()->PackFrom(call);
  return grpc::Status(static_cast<grpc::StatusCode>(details.code()), details.message(), details.SerializeAsString());
}

std::string SentReason(const absl::Status& status) {
  const std::string reason = GetReason(status);
  return reason.empty() && IsDefect(status) ? std::string(reason::kDefect) : reason;
}

bool IsServerFault(const absl::Status& status) {
  if (GetReason(status) == reason::kShuttingDown) return false;
  return IsDefect(status) || absl::IsDataLoss(status) || absl::IsUnavailable(status);
}

}  // namespace signet::rpc
