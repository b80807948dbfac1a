#ifndef SIGNET_SERVER_HTTP_OAUTH_ROUTES_H_
#define SIGNET_SERVER_HTTP_OAUTH_ROUTES_H_

#include "keystore/ids.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/route_table.h"
#include "server/http/routed_response.h"

namespace signet::http {

// Begins to answer a request for a route of OAuth, whose client authenticates in its own way (RFC 6749 section 2.3). Waits for
// nothing: what can be seen at once, in the form of the request or in the rates of its client and tenant, is answered at once, and
// the rest becomes work for an executor. Sets response and work of `routed`. Calls are counted by who they claim to be from
// (claimed_client.h).
void StartOAuth(const HttpBackend& backend, const RouteEntry& entry, const keystore::TenantId& tenant, const Request& request,
                RoutedResponse& routed);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_OAUTH_ROUTES_H_
