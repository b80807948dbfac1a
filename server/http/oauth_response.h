#ifndef SIGNET_SERVER_HTTP_OAUTH_RESPONSE_H_
#define SIGNET_SERVER_HTTP_OAUTH_RESPONSE_H_

#include <string>

#include "server/core/oauth_types.h"
#include "server/http/http_message.h"

namespace signet::http {

// How a client tried to authenticate, as far as the answer depends on it: by the Authorization field or not at all; or by
// parameters of the body or its certificate.
enum class ClientScheme { kHttp, kOther };

// Each response of these is for its client alone: Cache-Control: no-store.

// An error (RFC 6749 section 5.2):
//   invalid_client           401 with a challenge (RFC 9110 section 11.6.1) for those who used HTTP's authentication; otherwise
//                            400, as a 401 without a challenge is none, and clients that meet one do not look at the error
//   temporarily_unavailable  503; or 429 if its cause is RATE_LIMITED. Both with Retry-After, from the cause if that knows
//   server_error             500
//   method_not_allowed       405, and not_found 404: UAA's words for what OAuth leaves to HTTP
//   others                   400
Response OAuthErrorResponse(const core::OAuthError& error, ClientScheme scheme);

// A token (RFC 6749 section 5.1); an introspection (RFC 7662 section 2.2); a revocation, which has no content (RFC 7009
// section 2.2).
Response TokenResponse(const core::AccessToken& token);
Response IntrospectionResponse(std::string json);
Response RevocationResponse();

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_OAUTH_RESPONSE_H_
