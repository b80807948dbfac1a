#ifndef SIGNET_SERVER_HTTP_AUTH0_CERTIFICATE_H_
#define SIGNET_SERVER_HTTP_AUTH0_CERTIFICATE_H_

#include "absl/time/time.h"
#include "server/core/tenant_snapshot.h"
#include "server/http/auth0_route_table.h"
#include "server/http/http_message.h"

namespace signet::http {

// Serves the certificate of the key that signs in the ring access-token, from memory, to anybody; it may be cached as the JWKS may.
//   /cer    DER                     /pem     PEM          both as an attachment of the tenant's name
//   /rawpem PEM as text/plain       /pb7     PKCS #7, DER, with the chain, as an attachment
//   /fingerprint  SHA-1 as text/plain, upper-case hexadecimal with colons
// 404 where no key signs, or where it has no certificate.
Response ServeAuth0Certificate(const core::TenantSnapshot& tenant, Auth0Call call, absl::Time now);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_CERTIFICATE_H_
