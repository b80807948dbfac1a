#ifndef SIGNET_SERVER_CORE_OAUTH_TYPES_H_
#define SIGNET_SERVER_CORE_OAUTH_TYPES_H_

#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/secret.h"

namespace signet::core {

// ClientEvidence is by what an OAuth client authenticates (RFC 6749 section 2.3): exactly one way, beside the certificate, which
// counts only where no other was taken.
struct ClientEvidence {
  // Empty where the assertion says it.
  std::string client_id = {};
  // client_secret_basic and client_secret_post.
  std::optional<Secret> secret = std::nullopt;
  // private_key_jwt: `client_assertion`, of the type urn:ietf:params:oauth:client-assertion-type:jwt-bearer. Empty: none.
  std::string assertion = {};
  // As CallEvidence::peer_chain_pem.
  std::string peer_chain_pem = {};
};

// TokenRequest asks for an access token with grant_type client_credentials.
struct TokenRequest {
  ClientEvidence client = {};
  // `audience`, or `resource` (RFC 8707). Empty: Signet's own API, if the client has scopes there, otherwise its only grant's.
  std::string audience = {};
  // Space-separated. Empty: all that the client has at this audience.
  std::string scope = {};
};

struct AccessToken {
  std::string token;
  absl::Duration expires_in;
  // Space-separated; empty if the client has none at this audience.
  std::string scope;
};

// OAuthError says how a request was refused, in OAuth's own terms.
struct OAuthError {
  // "invalid_request", "invalid_client", "invalid_scope", "invalid_target", "unauthorized_client", "unsupported_grant_type"; or
  // "temporarily_unavailable", "server_error" where Signet cannot answer now.
  std::string error;
  // For people; ASCII, constant text.
  std::string description;
  // Why, for the log and for a Retry-After (ErrorDetail::retry_delay), never for the client; OK where `error` says it all.
  absl::Status cause = absl::OkStatus();
};

// What was asked for, or why not.
template <typename T>
using OAuthResult = std::variant<T, OAuthError>;

// Says what a failure of store, HSM or directory means to a client: "temporarily_unavailable" where a retry can help, as it can
// once a key is enabled (NO_ENABLED_KEY), otherwise "server_error".
OAuthError ToOAuthError(const absl::Status& cause);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_OAUTH_TYPES_H_
