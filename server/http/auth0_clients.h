#ifndef SIGNET_SERVER_HTTP_AUTH0_CLIENTS_H_
#define SIGNET_SERVER_HTTP_AUTH0_CLIENTS_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "keystore/ids.h"
#include "server/core/principal.h"
#include "server/http/auth0_route_table.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"

namespace signet::http {

// How many public keys a client may have here at once: Auth0 allows no more than two, and Signet's own API more.
inline constexpr size_t kMaxAuth0Credentials = 2;

// Makes the work of a call on a client, which is a credential of `tenant` by its client_id; it answers
//   POST …/rotate-secret       200 {tenant,name,client_id,client_secret}; the old secret ends at once
//   GET …/credentials          200, an array of the public keys that work: {id,credential_type,kid,alg,created_at,updated_at,
//                              expires_at?}
//   POST …/credentials         201, the one that was added; `kid` is by default its RFC 7638 thumbprint
//   GET, DELETE …/credentials/{credential_id}  200, 204
// with 404 for what does not exist, 400 for a body that is not as Auth0 has it, 409 where the client is of another kind, has two
// keys, or would be left without any; and as Auth0ErrorOf.
//
// The id of a key, `cred_` and 22 letters and digits, is derived from client_id and kid: nothing has to be stored for it.
absl::AnyInvocable<Response()> MakeAuth0ClientWork(const HttpBackend& backend, const Auth0Match& match,
                                                   const keystore::TenantId& tenant, std::shared_ptr<const core::Principal> caller,
                                                   const Request& request);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_CLIENTS_H_
