#include "server/core/oauth_types.h"

namespace signet::core {

OAuthError ToOAuthError(const absl::Status& cause) {
  switch (cause.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return {"temporarily_unavailable", "the server cannot answer now; try again later", cause};
    default:
      return {"server_error", "the server cannot answer; its log says why", cause};
  }
}

}  // namespace signet::core
