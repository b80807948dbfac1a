#ifndef SIGNET_SERVER_HTTP_AUTH0_ROUTES_H_
#define SIGNET_SERVER_HTTP_AUTH0_ROUTES_H_

#include "server/core/tenant_snapshot.h"
#include "server/http/auth0_route_table.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routed_response.h"

namespace signet::http {

// Begins to answer a request for a route that is compatible with Auth0. `tenant` is the one that the request names; nullptr if
// there is none. Waits for nothing: what can be seen at once is answered at once, and the rest becomes work for an executor.
//
// Callers of the API authenticate by a bearer token of Signet's for the audience of this API, or by their certificate. In this
// order: 404 for what no route or tenant has, 401, 403, 429, 400, and then as the call has it; each as Auth0Error.
RoutedResponse StartAuth0(const HttpBackend& backend, const Auth0Match& match, const core::TenantSnapshot* tenant,
                          const Request& request);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_ROUTES_H_
