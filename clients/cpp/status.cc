#include "clients/cpp/status.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace signet::client {
namespace {

// The payload of a status that holds the request id.
constexpr char kRequestIdPayload[] = "signet.client/request_id";

}  // namespace

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status wire;
  if (!wire.ParseFromString(status.error_details())) return absl::Status(code, status.error_message());

  google::rpc::ErrorInfo reason;
  google::rpc::RequestInfo call;
  std::optional<absl::Duration> retry_delay;
  for (const google::protobuf::Any& detail : wire.details()) {
    google::rpc::ErrorInfo error_info;
    google::rpc::RetryInfo retry_info;
    google::rpc::RequestInfo request_info;
    // Other domains have reasons of their own, which would be mistaken for ours.
    if (detail.UnpackTo(&error_info) && error_info.domain() == "signet") reason = error_info;
    if (detail.UnpackTo(&request_info)) call = request_info;
    if (detail.UnpackTo(&retry_info)) {
      retry_delay = absl::Seconds(retry_info.retry_delay().seconds()) + absl::Nanoseconds(retry_info.retry_delay().nanos());
    }
  }
  absl::Status result(code, status.error_message());
  if (!reason.reason().empty() || retry_delay) {
    result =
        Error(code, reason.reason(), status.error_message(), {reason.metadata().begin(), reason.metadata().end()}, retry_delay);
  }
  return WithRequestId(std::move(result), call.request_id());
}

std::string RequestIdOf(const absl::Status& status) {
  const absl::optional<absl::Cord> id = status.GetPayload(kRequestIdPayload);
  return id ? std::string(*id) : "";
}

absl::Status WithRequestId(absl::Status status, absl::string_view request_id) {
  if (!request_id.empty() && RequestIdOf(status).empty()) status.SetPayload(kRequestIdPayload, absl::Cord(request_id));
  return status;
}

}  // namespace signet::client
