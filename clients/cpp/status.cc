#include "clients/cpp/status.h"

#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace signet::client {

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status wire;
  if (!wire.ParseFromString(status.error_details())) return absl::Status(code, status.error_message());

  google::rpc::ErrorInfo reason;
  std::optional<absl::Duration> retry_delay;
  for (const google::protobuf::Any& detail : wire.details()) {
    google::rpc::ErrorInfo error_info;
    google::rpc::RetryInfo retry_info;
    // Other domains have reasons of their own, which would be mistaken for ours.
    if (detail.UnpackTo(&error_info) && error_info.domain() == "signet") reason = error_info;
    if (detail.UnpackTo(&retry_info)) {
      retry_delay = absl::Seconds(retry_info.retry_delay().seconds()) + absl::Nanoseconds(retry_info.retry_delay().nanos());
    }
  }
  if (reason.reason().empty() && !retry_delay) return absl::Status(code, status.error_message());
  return Error(code, reason.reason(), status.error_message(), {reason.metadata().begin(), reason.metadata().end()}, retry_delay);
}

}  // namespace signet::client
