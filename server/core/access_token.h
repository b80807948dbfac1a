#ifndef SIGNET_SERVER_CORE_ACCESS_TOKEN_H_
#define SIGNET_SERVER_CORE_ACCESS_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

// AccessTokenClaims is what an access token says (RFC 9068 section 2.2).
struct AccessTokenClaims {
  std::string token_id;
  // That of `client_id` and of `sub`: clients act for themselves alone.
  std::string client_id;
  // As they came: space-separated, and the empty text without.
  std::string scope;
  // The `x5t#S256` of the certificate that it is bound to (RFC 8705 section 3.1), base64url; empty if it is bound to none.
  std::string certificate_thumbprint;
  absl::Time expire_time;
  // All claims, those included.
  nlohmann::ordered_json members;
};

// Reads an access token that `issuer` made: its key ring access-token signed it, its `typ` is that of access tokens, it has all
// that RFC 9068 demands, and has not expired at `now`. Whom it is for, and whether it was revoked, is still to be checked.
//   kInvalidArgument  as of CheckJws and CheckClaims; TOKEN_MALFORMED also for a token that is longer than kMaxAccessTokenSize, of
//                     another `typ`, without the claims above, or bound to something else than a certificate;
//                     TOKEN_KEY_UNKNOWN also for a key of another ring
// No message quotes the token.
absl::StatusOr<AccessTokenClaims> ReadAccessToken(const TenantSnapshot& issuer, absl::string_view token, absl::Time now);

// Makes the claims of an access token that AccessTokenCommand needs. An empty `scope` and an empty thumbprint are left out.
struct AccessTokenContent {
  std::string client_id;
  std::string audience;
  std::string scope;
  std::string certificate_thumbprint;
};
std::string AccessTokenClaimsJson(const AccessTokenContent& content);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ACCESS_TOKEN_H_
