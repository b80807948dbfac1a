#include "tests/integration/rpc_client.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace signet::testing {
namespace {

template <typename Detail>
Detail Find(const grpc::Status& status) {
  google::rpc::Status details;
  Detail result;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&result)) break;
  }
  return result;
}

}  // namespace

google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status) { return Find<google::rpc::ErrorInfo>(status); }

google::rpc::RetryInfo RetryInfoOf(const grpc::Status& status) { return Find<google::rpc::RetryInfo>(status); }

std::string OutcomeOf(const grpc::Status& status) {
  const std::string code = absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
  if (status.ok()) return code;
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  if (info.reason().empty()) return code;
  return absl::StrCat(code, " ", info.domain() == "signet" ? info.reason() : "BAD_DOMAIN");
}

}  // namespace signet::testing
