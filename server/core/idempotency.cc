#include "server/core/idempotency.h"

#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

constexpr size_t kMaxRequestIdLength = 128;

absl::Status CheckRequestId(const std::string& request_id) {
  if (request_id.size() > kMaxRequestIdLength) return InvalidField("request_id", "must not be longer than 128 characters");
  for (const char c : request_id) {
    if (!absl::ascii_isprint(c)) return InvalidField("request_id", "must be printable ASCII");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<keystore::RequestRecord>> FindFirstRequest(keystore::KeyStore& store, const std::string& scope,
                                                                        const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckRequestId(request.request_id));
  if (request.request_id.empty() || request.mode == Mode::kValidateOnly) return std::optional<keystore::RequestRecord>();
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::RequestRecord> first, store.GetRequest(scope, request.request_id));
  if (first.has_value() && first->fingerprint != request.fingerprint) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kRequestIdReused,
                 "this request_id was used for another request; choose a new one", {{"request_id", request.request_id}});
  }
  return first;
}

absl::StatusOr<std::optional<std::string>> FindFirstResult(keystore::KeyStore& store, const std::string& scope,
                                                           const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::RequestRecord> first, FindFirstRequest(store, scope, request));
  if (!first.has_value()) return std::optional<std::string>();
  if (first->result.empty()) return RequestInProgress();
  return std::optional<std::string>(std::move(first->result));
}

keystore::RequestRecord BeginRequest(const std::string& scope, const ChangeRequest& request, absl::Time now) {
  keystore::RequestRecord record;
  record.scope = scope;
  record.request_id = request.request_id;
  record.fingerprint = request.fingerprint;
  record.create_time = now;
  return record;
}

void RememberResult(const std::string& scope, const ChangeRequest& request, std::string result, absl::Time now,
                    keystore::Change& change) {
  if (request.request_id.empty()) return;
  keystore::RequestRecord record = BeginRequest(scope, request, now);
  record.result = std::move(result);
  change.puts.emplace_back(std::move(record));
}

absl::Status RequestInProgress() {
  return Error(absl::StatusCode::kAborted, reason::kRequestInProgress,
               "the first call with this request_id is still at work; repeat it later with the same request_id");
}

}  // namespace signet::core
