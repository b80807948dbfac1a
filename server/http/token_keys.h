#ifndef SIGNET_SERVER_HTTP_TOKEN_KEYS_H_
#define SIGNET_SERVER_HTTP_TOKEN_KEYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/core/tenant_snapshot.h"
#include "server/http/http_message.h"

namespace signet::http {

// What the client libraries of SAP BTP and of Cloud Foundry's UAA verify tokens with: the keys of the JWKS in other words, for
// anybody and from memory, with a strong ETag, and to be cached for as long as the JWKS.
//
// An entry has the members kty, e, use, kid, alg, value and n, in this order; `value` is the SubjectPublicKeyInfo as PEM, without a
// newline at its end. One of EC has kty, crv, use, kid, alg, value, x and y; one of Ed25519 the same without y.

// {"keys":[…]}, all published keys in the order of the JWKS.
Response ServeTokenKeys(const core::TenantSnapshot& tenant, absl::Time now, const Request& request);

// The one key that signs in the ring access-token; while none does 404 not_found, {"error","error_description"}.
Response ServeTokenKey(const core::TenantSnapshot& tenant, absl::Time now, const Request& request);

// Returns the parameter `zid` of a query, by which these clients name the tenant; "" if there is none.
//   kInvalidArgument  the query is not form-encoded, or names a parameter twice
absl::StatusOr<std::string> ReadZid(absl::string_view query);

// For a `zid` that is no tenant's, or a query that cannot be read: 400, {"error","error_description"}. Libraries of SAP BTP take
// 400 for "no token of this tenant is good here", and everything else for a server that does not work.
Response RefuseZid();

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TOKEN_KEYS_H_
