#include "server/core/oauth_types.h"

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {

OAuthError ToOAuthError(const absl::Status& cause) {
  const OAuthError later = {"temporarily_unavailable", "the server cannot answer now; try again later", cause};
  // Not the client's fault, and over once a key is enabled.
  if (GetReason(cause) == reason::kNoEnabledKey) return later;
  switch (cause.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return later;
    default:
      return {"server_error", "the server cannot answer; its log says why", cause};
  }
}

}  // namespace signet::core
