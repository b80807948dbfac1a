#ifndef SIGNET_SERVER_HTTP_SAP_LOGIN_H_
#define SIGNET_SERVER_HTTP_SAP_LOGIN_H_

#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routed_response.h"

namespace signet::http {

// Begins to answer POST /login/{version}, whose user is a credential with a secret: `userName` is its client_id. Waits for nothing:
// what can be seen at once is answered at once, and the rest becomes work for the token executor. Sets response and work of
// `routed`.
//
// 200 {"issuer","mail"}; the session is in X-Cpcli-Sessionid. It is an access token for Signet's own API, with all scopes of
// the credential: so it ends with the token's life, the token's revocation or the credential, works with every replica, and is
// kept nowhere.
//   400  the body is not as it must be; or it is a login of another kind
//   401  user and password are not those of a credential
//   403  the credential may do nothing in Signet's API
//   404  there is no global account with that subdomain, or neither is it above the credential's tenant nor within its reach
//   429  too many logins, with Retry-After and X-RateLimit fields
//   503  store or HSM do not answer
// Each is `{"error"}`.
void StartSapLogin(const HttpBackend& backend, const Request& request, RoutedResponse& routed);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_LOGIN_H_
