#include "clients/cli/failure.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/duration.h"
#include "clients/cli/text.h"
#include "clients/cpp/status.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

// The payload of a status that holds its hint.
constexpr char kHintPayload[] = "signet.cli/hint";

bool HelpsToForce(const ErrorDetail& detail) {
  // Only a rotation that finds no room has a delay: it can take the place of a key.
  if (detail.reason == reason::kKeyLimitReached) return detail.retry_delay.has_value();
  return detail.reason == reason::kForceRequired || detail.reason == reason::kKeyNotYetActivatable ||
         detail.reason == reason::kKeyInRetention;
}

std::string ValueOf(const ErrorDetail& detail, const char* key) {
  const auto found = detail.metadata.find(key);
  return found == detail.metadata.end() ? "" : Printable(found->second);
}

// What helps somebody who is not let in, or may not do what was asked.
std::string AccessHintOf(const absl::Status& failure, const ErrorDetail& detail) {
  if (detail.reason == reason::kCredentialsMissing) {
    return "log in with `signet login`, or name client_id, client_secret_file and token_url in the configuration";
  }
  if (detail.reason == reason::kBearerTokenInvalid) return "the credential may be gone: `signet login` with another";
  if (ValueOf(detail, "oauth_error") == "invalid_client") {
    return "the secret is wrong, or the client unknown or expired: `signet login` again";
  }
  if (detail.reason == reason::kInsufficientScope) {
    const std::string expected = ValueOf(detail, "expected");
    return absl::StrCat("the credential that `signet --info` shows lacks a right", expected.empty() ? "" : "; the call needs ",
                        expected, ": use one that has it");
  }
  if (detail.reason == reason::kGrantExceeded) return "nobody can give more than they have: name fewer --scopes";
  if (failure.code() == absl::StatusCode::kUnauthenticated && detail.reason.empty()) return "`signet login`";
  return "";
}

std::string HintOf(const absl::Status& failure, const ErrorDetail& detail) {
  std::vector<std::string> hints;
  if (const auto hint = failure.GetPayload(kHintPayload)) hints.emplace_back(*hint);
  if (detail.retry_delay) {
    // Rounded up, or a retry at that time would still be too early.
    const absl::Duration unit = *detail.retry_delay < absl::Minutes(1) ? absl::Seconds(1) : absl::Minutes(1);
    hints.push_back(absl::StrCat("try again in ", WriteDuration(absl::Ceil(*detail.retry_delay, unit))));
  }
  // Nothing but this ends the retention of a key that no time ends.
  if (detail.reason == reason::kKeyInRetention && !detail.retry_delay) hints.push_back("`signet revoke security/token-key` first");
  if (const std::string hint = AccessHintOf(failure, detail); !hint.empty()) hints.push_back(hint);
  if (HelpsToForce(detail)) hints.push_back("pass --force");
  if (detail.reason == reason::kRotationLocked) hints.push_back("repeat the command, which is safe");
  if (failure.code() == absl::StatusCode::kUnavailable && detail.reason.empty()) {
    hints.push_back("see that signetd runs and that `signet --info` shows its address and certificate");
  }
  if (failure.code() == absl::StatusCode::kDeadlineExceeded && detail.reason.empty()) {
    hints.push_back("the outcome is unknown; repeat a change with the same --request-id");
  }
  return absl::StrJoin(hints, ", or ");
}

std::string DescribeAsJson(const absl::Status& failure, const ErrorDetail& detail, const std::string& hint) {
  nlohmann::ordered_json error;
  error["code"] = absl::StatusCodeToString(failure.code());
  if (!detail.reason.empty()) error["reason"] = detail.reason;
  error["message"] = std::string(failure.message());
  nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
  for (const auto& [key, value] : detail.metadata) {
    metadata[key] = value;
  }
  if (!metadata.empty()) error["metadata"] = metadata;
  if (detail.retry_delay)
    error["retryDelay"] = absl::StrCat(absl::ToInt64Seconds(absl::Ceil(*detail.retry_delay, absl::Seconds(1))), "s");
  if (const std::string id = client::RequestIdOf(failure); !id.empty()) error["requestId"] = id;
  if (!hint.empty()) error["hint"] = hint;
  nlohmann::ordered_json document;
  document["error"] = error;
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

absl::Status UsageError(absl::string_view message, absl::string_view hint) {
  absl::Status failure = Error(absl::StatusCode::kInvalidArgument, kUsageReason, message);
  return hint.empty() ? failure : WithHint(std::move(failure), hint);
}

absl::Status WithHint(absl::Status failure, absl::string_view hint) {
  failure.SetPayload(kHintPayload, absl::Cord(hint));
  return failure;
}

absl::Status Declined() { return Error(absl::StatusCode::kCancelled, kDeclinedReason, "not confirmed; nothing was changed"); }

ExitCode ExitCodeOf(const absl::Status& status) {
  const std::string reason = GetReason(status);
  if (reason == kDeclinedReason || reason == kInterruptedReason) return kExitCancelled;
  if (absl::StartsWith(reason, "TOKEN_")) return kExitAuth;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kExitUsage;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kExitAuth;
    case absl::StatusCode::kNotFound:
      return kExitNotFound;
    case absl::StatusCode::kFailedPrecondition:
      return kExitPrecondition;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return kExitConflict;
    // A call that the server cancelled was not declined by the user, so that it is the server's failure too.
    default:
      return kExitServer;
  }
}

std::string DescribeFailure(const absl::Status& failure, Format format) {
  const ErrorDetail detail = GetErrorDetail(failure).value_or(ErrorDetail());
  const std::string hint = HintOf(failure, detail);
  if (format == Format::kJson) return DescribeAsJson(failure, detail, hint);
  std::string text = absl::StrCat("FAILED: ", Printable(failure.message()), "\n");
  const bool own = detail.reason == kUsageReason || detail.reason == kDeclinedReason || detail.reason == kInterruptedReason;
  if (!own && !detail.reason.empty()) absl::StrAppend(&text, "Reason: ", Printable(detail.reason), "\n");
  if (!hint.empty()) absl::StrAppend(&text, "Hint: ", hint, "\n");
  if (const std::string id = client::RequestIdOf(failure); !id.empty()) absl::StrAppend(&text, "Request id: ", Printable(id), "\n");
  return text;
}

}  // namespace signet::cli
