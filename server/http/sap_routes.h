#ifndef SIGNET_SERVER_HTTP_SAP_ROUTES_H_
#define SIGNET_SERVER_HTTP_SAP_ROUTES_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "server/core/tenant_snapshot.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routed_response.h"
#include "server/http/sap_route_table.h"

namespace signet::http {

// Begins to answer a request for a route that is compatible with SAP BTP. `tenant` is the one that path or host name; nullptr if
// there is none. `query` is what stands behind the question mark. Waits for nothing: what can be seen at once is answered at once,
// and the rest becomes work for an executor.
//
// The REST API. Callers authenticate by a bearer token of Signet's, or by their certificate; where neither path nor host name a
// tenant, it is the caller's own. In this order: 404, 405, 401, 404, 429, 403 and 400, each as SapRestError; and then as
// SapSettings has it.
//
// The command-line server. A login as StartSapLogin has it. A command has its action as the query, and the session in
// X-Cpcli-Sessionid; 405, 412 and 401 have a status of their own, and everything else is in X-Cpcli-Backend-Status, as
// SapCommandAnswer has it. Every version "v1", "v2.49.0" is taken, and 412 is for what is none.
RoutedResponse StartSap(const HttpBackend& backend, const SapMatch& match,
                        const std::shared_ptr<const core::TenantSnapshot>& tenant, absl::string_view query, const Request& request);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_ROUTES_H_
