#ifndef SIGNET_BASE_ERROR_H_
#define SIGNET_BASE_ERROR_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet {

// ErrorDetail is what a program learns from an error: the machine-readable part of an absl::Status, kept in a payload.
struct ErrorDetail {
  // The name of a value of signet.v1.ErrorReason, such as "KEY_NOT_FOUND"; see base/error_reason.h.
  std::string reason;
  // What the reason documents, such as {"key", "…"}. Never a secret.
  std::map<std::string, std::string> metadata;
  // After how long a retry can succeed, where that is known (google.rpc.RetryInfo).
  std::optional<absl::Duration> retry_delay;

  friend bool operator==(const ErrorDetail&, const ErrorDetail&) = default;
};

// Makes a status that carries `detail`. `message` is lower case, without a period, names the thing and the way out.
absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                   std::map<std::string, std::string> metadata = {}, std::optional<absl::Duration> retry_delay = std::nullopt);

// Reads the detail of a status made by Error; nullopt for any other status.
std::optional<ErrorDetail> GetErrorDetail(const absl::Status& status);

// Returns the reason of `status`, or "" if it carries none.
std::string GetReason(const absl::Status& status);

// Puts "context: " ahead of the message of an error, keeping its code and payloads. Returns an OK status unchanged.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

// Shorthands for the commonest code of each kind.
absl::Status InvalidField(absl::string_view field, absl::string_view message);
absl::Status Defect(absl::string_view message);

}  // namespace signet

// Evaluates `expr`, an absl::Status, and returns it from the enclosing function if it is an error.
#define SIGNET_RETURN_IF_ERROR(expr)                                                    \
  do {                                                                                  \
    if (absl::Status signet_status = (expr); !signet_status.ok()) return signet_status; \
  } while (false)

#define SIGNET_CONCAT_INNER(a, b) a##b
#define SIGNET_CONCAT(a, b) SIGNET_CONCAT_INNER(a, b)

// Evaluates `expr`, an absl::StatusOr, and assigns its value to `lhs`, or returns its status from the enclosing function.
#define SIGNET_ASSIGN_OR_RETURN(lhs, expr) SIGNET_ASSIGN_OR_RETURN_INNER(SIGNET_CONCAT(signet_statusor_, __LINE__), lhs, expr)
#define SIGNET_ASSIGN_OR_RETURN_INNER(statusor, lhs, expr) \
  auto statusor = (expr);                                  \
  if (!statusor.ok()) return statusor.status();            \
  lhs = *std::move(statusor)

#endif  // SIGNET_BASE_ERROR_H_
