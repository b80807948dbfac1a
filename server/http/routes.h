#ifndef SIGNET_SERVER_HTTP_ROUTES_H_
#define SIGNET_SERVER_HTTP_ROUTES_H_

#include "absl/strings/string_view.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/route_table.h"
#include "server/http/routed_response.h"

namespace signet::http {

// Serving is what a listener offers.
struct Serving {
  RouteSet routes = RouteSet::kPublic;
  // Clients are asked for certificates, so that they can authenticate by them.
  bool client_certificates = false;
  // How its URLs begin: "https", or "http" for a listener without TLS.
  absl::string_view scheme = "https";
};

// Answers a request, or says what work makes the answer. It has no state, waits for nothing and never fails: an error is a
// response.
//
//   /.well-known/jwks.json             the JWK set (RFC 7517) of the tenant that has the Host as an alias; strong ETag, 304
//   /token_keys[?zid=ID], /token_key   the same keys as SAP's clients read them (token_keys.h); of the tenant ID, if it is given
//   /.well-known/openid-configuration  its OpenID Connect Discovery 1.0 metadata: what exists, and no more
//   /.well-known/oauth-authorization-server  the same as RFC 8414 has it; also with /t/{tenant} behind, for issuers of that path
//   /samlp/metadata[/{client}]         its SAML 2.0 metadata: the certificates of its keys (federation_metadata.h)
//   /wsfed[/{client}]/FederationMetadata/2007-06/FederationMetadata.xml  its WS-Federation metadata; also without /wsfed
//   POST /oauth/token                  an access token (RFC 6749, RFC 9068)
//   POST /oauth/introspect, /oauth/revoke    RFC 7662, RFC 7009
//   /t/{tenant}/…                      all of those that a tenant has, of the tenant that the path names, for any Host
//   /openapi.json                      the OpenAPI 3.1 document of all routes
//   /api/v2/…, /cer, /pem, …           as auth0_routes.h has it, with errors of its own
//   /sap/rest/…, /login/…, /command/…  as sap_routes.h has it, with errors of its own
//   /livez                             200 while the process answers
//   /readyz                            200, or 503 with the member `failing`: which of "draining", "hsm", "store"
//   /metrics                           Prometheus text format 0.0.4; on the probe listener for anybody
//
// Where no method is named, GET and HEAD. Errors as Problem makes them; those of OAuth, of /token_keys and of /token_key but for
// the first two as OAuthErrorResponse does, with not_found and method_not_allowed in the place of these reasons:
//   400  REQUEST_MALFORMED   HTTP/1.1 without exactly one Host (RFC 9112 section 3.2); several Authorization fields
//   404  PATH_NOT_FOUND      no such route. Paths are compared as they are, without decoding: no id needs percent-encoding
//   404  TENANT_NOT_FOUND    no such tenant, or no tenant has that host alias
//   404  KEY_NOT_FOUND       SAML and WS-Federation: no key with a certificate; /token_key: no key that signs
//   400  of /token_keys and /token_key, for an unknown `zid`: as RefuseZid makes it
//   405  METHOD_NOT_ALLOWED  with the field Allow
//   401, 403  as Authenticator and CheckAccess have it: /metrics alone, with the challenge Bearer
//   503  SHUTTING_DOWN, HSM_UNAVAILABLE, STORE_UNAVAILABLE  /readyz alone
//   429  OAuth alone: too many requests, with Retry-After and X-RateLimit fields
RoutedResponse Route(const HttpBackend& backend, const Serving& serving, const Request& request);

// Sets the content_length of a response that is otherwise complete, and drops the body where a request of `method` gets none.
void Conclude(absl::string_view method, Response& response);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_ROUTES_H_
