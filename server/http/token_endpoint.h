#ifndef SIGNET_SERVER_HTTP_TOKEN_ENDPOINT_H_
#define SIGNET_SERVER_HTTP_TOKEN_ENDPOINT_H_

#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "keystore/ids.h"
#include "server/core/oauth_types.h"

namespace signet::http {

// TokenEndpoint does what the OAuth routes ask for, as core::OAuth documents it. Thread-safe. Every method may block on the store
// or the HSM.
class TokenEndpoint {
 public:
  virtual ~TokenEndpoint() = default;

  // Issues an access token to a client of `tenant`, on `worker` of the token executor.
  virtual core::OAuthResult<core::AccessToken> IssueToken(const keystore::TenantId& tenant, const core::TokenRequest& request,
                                                          int worker) = 0;

  // Says what `token` is worth, as the JSON of RFC 7662 section 2.2.
  virtual core::OAuthResult<std::string> Introspect(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                                    absl::string_view token) = 0;

  // Makes `token` worthless (RFC 7009); one that is worthless already is a success.
  virtual core::OAuthResult<std::monostate> Revoke(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                                   absl::string_view token) = 0;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TOKEN_ENDPOINT_H_
