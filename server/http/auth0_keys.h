#ifndef SIGNET_SERVER_HTTP_AUTH0_KEYS_H_
#define SIGNET_SERVER_HTTP_AUTH0_KEYS_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/time.h"
#include "keystore/ids.h"
#include "server/core/key_rings.h"
#include "server/core/key_view.h"
#include "server/core/keys.h"
#include "server/core/principal.h"
#include "server/http/http_message.h"

namespace signet::http {

// A key as Auth0 shows it; the members that do not apply are left out, the four booleans are always there.
nlohmann::ordered_json Auth0SigningKey(const core::KeyView& key);

// The calls on the signing keys of a tenant, those of its ring access-token. They block on store and HSM; an error of the core is
// returned as Auth0ErrorOf makes it.

// 200: CURRENT, NEXT, PREVIOUS, and REVOKED keys that are not deleted, the latest first.
Response ListAuth0Keys(core::Keys& keys, const keystore::TenantId& tenant, absl::Time now);

// 200, or 404 "Signing key not found."
Response GetAuth0Key(core::Keys& keys, const keystore::TenantId& tenant, const std::string& kid, absl::Time now);

// 201 {cert,kid} of the next key. A repetition within the ring's idempotency_window is the same answer and rotates nothing, so that
// a client that repeats a call whose answer it did not get never rotates twice. Of a ring that keeps no next key: the current one.
//   503 service_unavailable  the rotation is done, but its next key could not be made yet; repeat the call after Retry-After
//   409 conflict             the same where the ring has no idempotency_window, so that a repetition would rotate again
Response RotateAuth0Keys(core::Keys& keys, core::KeyRings& rings, const keystore::TenantId& tenant, const core::Principal& caller,
                         absl::Time now);

// 200 {cert,kid}; also for a key that is revoked already.
//   400 operation_not_supported  the key is not the previous one
Response RevokeAuth0Key(core::Keys& keys, const keystore::TenantId& tenant, const std::string& kid, const core::Principal& caller,
                        absl::Time now);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_KEYS_H_
