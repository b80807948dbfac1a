#ifndef SIGNET_SERVER_CORE_CLAIMS_H_
#define SIGNET_SERVER_CORE_CLAIMS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::core {

// The largest claims that a caller may have signed, in bytes of JSON.
inline constexpr size_t kMaxClaimsSize = 64 * 1024;

// ServerClaims are the claims that the server alone sets.
struct ServerClaims {
  std::string issuer;
  // Whole seconds.
  absl::Time issue_time;
  absl::Time expire_time;
  std::string token_id;
};

// Builds the payload of a token: iss, iat, exp and jti, and then the caller's claims in their order. `claims_json` is a JSON object
// (see ParseJsonObject); empty means {}.
//   kInvalidArgument  CLAIMS_TOO_LARGE
//                     CLAIMS_INVALID: no such object, or `sub` is not a string, `aud` not a string or an array of strings, `nbf`
//                     not a number (RFC 7519 section 4.1) CLAIM_RESERVED: it has a member that the server sets
// No message quotes the claims.
absl::StatusOr<std::string> BuildPayload(absl::string_view claims_json, const ServerClaims& server_claims);

// ClaimRules say what the claims of a token must be.
struct ClaimRules {
  std::string issuer;
  absl::Time now;
  // Empty: not checked.
  std::string audience;
};

// Checks the claims of a token whose signature is good and returns its `exp`.
//   kInvalidArgument  TOKEN_MALFORMED: the payload is not a JSON object, has no `exp` of the years up to 9999, or a registered
//   claim
//                     of a wrong type
//                     TOKEN_ISSUER: `iss` is missing or another's
//                     TOKEN_EXPIRED: `exp` is now or past; no skew is granted, as one server wrote it and reads it
//                     TOKEN_NOT_YET_VALID: `nbf` or `iat` is further ahead than keystore::kClockSkew
//                     TOKEN_AUDIENCE: `aud` does not hold the audience asked for
// No message quotes the claims.
absl::StatusOr<absl::Time> CheckClaims(absl::string_view payload, const ClaimRules& rules);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLAIMS_H_
