#ifndef SIGNET_SERVER_HTTP_ROUTES_H_
#define SIGNET_SERVER_HTTP_ROUTES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"

namespace signet::http {

// kPublic: every route. kProbe: /livez and /readyz alone.
enum class RouteSet { kPublic, kProbe };

// RoutedResponse is a response and what logs and metrics say of it.
struct RoutedResponse {
  // The template of the route, such as "/t/{tenant}/.well-known/jwks.json"; "other" for a path that matches none. Never the path
  // itself: that would let clients make up metrics.
  absl::string_view route;
  // The tenant that was served; empty if none was.
  std::string tenant = {};
  Response response = {};
};

// Answers a request. It has no state, waits for nothing and never fails: an error is a response.
//
//   /.well-known/jwks.json             the JWK set (RFC 7517) of the tenant that has the Host as an alias; strong ETag, 304
//   /.well-known/openid-configuration  its OpenID Connect Discovery 1.0 metadata: what exists, and no more
//   /t/{tenant}/.well-known/…          both of the tenant that the path names, for any Host
//   /livez                             200 while the process answers
//   /readyz                            200, or 503 with the member `failing`: which of "draining", "hsm", "store"
//   /metrics                           Prometheus text format 0.0.4
//
// GET and HEAD; errors as Problem makes them:
//   400  REQUEST_MALFORMED   HTTP/1.1 without exactly one Host (RFC 9112 section 3.2)
//   404  PATH_NOT_FOUND      no such route. Paths are compared as they are, without decoding: no id needs percent-encoding
//   404  TENANT_NOT_FOUND    no such tenant, or no tenant has that host alias
//   405  METHOD_NOT_ALLOWED  with the field Allow
//   503  SHUTTING_DOWN, HSM_UNAVAILABLE, STORE_UNAVAILABLE  /readyz alone
RoutedResponse Route(const HttpBackend& backend, RouteSet routes, const Request& request);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_ROUTES_H_
