#ifndef SIGNET_SERVER_HTTP_AUTH0_CUSTOM_KEYS_H_
#define SIGNET_SERVER_HTTP_AUTH0_CUSTOM_KEYS_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "server/core/principal.h"
#include "server/core/tenants.h"
#include "server/http/http_message.h"

namespace signet::http {

// The calls on the custom signing keys of a tenant: public keys with which others sign, and which its JWKS shows behind its own.
// Signet verifies nothing with them. They block on the store; an error of the core is returned as Auth0ErrorOf makes it.

// 200 {"keys":[JWK…]}, or 404 if there are none.
Response GetAuth0CustomKeys(core::Tenants& tenants, const keystore::TenantId& tenant, absl::Time now);

// 200 with the keys, which take the place of all that were there.
//   400  as ReadAuth0CustomKeys      403  the caller has a signing profile, which does not limit what such a key signs
//   409  a kid is that of a key of the tenant itself
Response SetAuth0CustomKeys(core::Tenants& tenants, const keystore::TenantId& tenant, absl::string_view body,
                            const core::Principal& caller, absl::Time now);

// 204, also if there were none.
Response DeleteAuth0CustomKeys(core::Tenants& tenants, const keystore::TenantId& tenant, const core::Principal& caller,
                               absl::Time now);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_CUSTOM_KEYS_H_
