#ifndef SIGNET_CLIENTS_CLI_FAILURE_H_
#define SIGNET_CLIENTS_CLI_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/format.h"

namespace signet::cli {

// What `signet` exits with.
enum ExitCode : int {
  kExitOk = 0,
  // The server failed, cannot be reached, or has no room.
  kExitServer = 1,
  // The command line, its files or its values are wrong.
  kExitUsage = 2,
  // The caller may not do this; or a token was not valid.
  kExitAuth = 3,
  kExitNotFound = 4,
  // The state forbids it.
  kExitPrecondition = 5,
  // It exists already, or others changed it at the same time.
  kExitConflict = 6,
  // The user did not confirm, or ended a wait.
  kExitCancelled = 7,
};

// The reasons of errors that `signet` finds itself, beside those of signet.v1.ErrorReason.
inline constexpr absl::string_view kUsageReason = "USAGE";
inline constexpr absl::string_view kDeclinedReason = "DECLINED";
inline constexpr absl::string_view kInterruptedReason = "INTERRUPTED";
inline constexpr absl::string_view kAuditBrokenReason = "AUDIT_BROKEN";

// Makes the error for a command line, or a file that it names, that is wrong. `hint` says how to get further; it may be empty.
absl::Status UsageError(absl::string_view message, absl::string_view hint = "");

// Adds `hint` to what DescribeFailure tells of `failure`, ahead of its other hints.
absl::Status WithHint(absl::Status failure, absl::string_view hint);

// Makes the error for a question that was not answered with yes.
absl::Status Declined();

ExitCode ExitCodeOf(const absl::Status& status);

// Describes `failure` on a few lines, the last of which ends with a line break. The text form:
//
//   FAILED: the key cannot be enabled yet
//   Reason: KEY_NOT_YET_ACTIVATABLE
//   Hint: try again in 11h 59m, or pass --force
//   Request id: 0f6e9d0c-5d0b-4e0e-9a0b-8f9c7a1d2e3f
//
// The JSON form is {"error": {"code", "reason", "message", "metadata", "retryDelay", "requestId", "hint"}}: the code by its gRPC
// name, the delay as proto's JSON has it ("43199s"); what is not known is left out. Under the request id the server's log has the
// call.
std::string DescribeFailure(const absl::Status& failure, Format format);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_FAILURE_H_
