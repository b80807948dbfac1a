#ifndef SIGNET_SERVER_CORE_CLAIMS_H_
#define SIGNET_SERVER_CORE_CLAIMS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/credential_directory.h"

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
// (see ParseJsonObject); empty means {}. `profile` limits and adds to the caller's claims (ApplyProfile); nullptr: nothing does.
//   kInvalidArgument  CLAIMS_TOO_LARGE
//                     CLAIMS_INVALID: no such object, or `sub` is not a string, `aud` not a string or an array of strings, `nbf`
//                     not a number (RFC 7519 section 4.1)
//                     CLAIM_RESERVED: it has a member that the server sets
//   and those of ApplyProfile
// No message quotes the claims.
absl::StatusOr<std::string> BuildPayload(absl::string_view claims_json, const ServerClaims& server_claims,
                                         const keystore::SigningProfile* profile = nullptr);

// ClaimRules say what the claims of a token must be.
struct ClaimRules {
  std::string issuer;
  absl::Time now;
  // Empty: not checked.
  std::string audience = {};
  // How long after its `exp` a token is still taken, where another than its reader wrote it.
  absl::Duration expiry_skew = absl::ZeroDuration();
  // Knows which tokens were revoked; borrowed. nullptr: not checked.
  const CredentialDirectory* credentials = nullptr;
};

// Reads the payload of a token as its claims.
//   kInvalidArgument  TOKEN_MALFORMED: not a JSON object, or one with a registered claim of a wrong type
absl::StatusOr<nlohmann::ordered_json> ParseClaims(absl::string_view payload);

// Checks the claims of a token whose signature is good and returns its `exp`.
//   kInvalidArgument  TOKEN_MALFORMED: as of ParseClaims, or there is no `exp` of the years up to 9999
//                     TOKEN_ISSUER: `iss` is missing or another's
//                     TOKEN_EXPIRED: `exp` is now or past
//                     TOKEN_NOT_YET_VALID: `nbf` or `iat` is further ahead than keystore::kClockSkew
//                     TOKEN_AUDIENCE: `aud` does not hold the audience asked for
//                     TOKEN_REVOKED: its `jti` is that of a revoked token
// No message quotes the claims.
absl::StatusOr<absl::Time> CheckClaims(absl::string_view payload, const ClaimRules& rules);
// The same for claims that ParseClaims has read.
absl::StatusOr<absl::Time> CheckParsedClaims(const nlohmann::ordered_json& claims, const ClaimRules& rules);

// Whether `aud`, a claim that ParseClaims has read or nullptr, is or holds `audience`.
bool HoldsAudience(const nlohmann::ordered_json* aud, absl::string_view audience);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLAIMS_H_
