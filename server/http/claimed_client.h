#ifndef SIGNET_SERVER_HTTP_CLAIMED_CLIENT_H_
#define SIGNET_SERVER_HTTP_CLAIMED_CLIENT_H_

#include "absl/strings/string_view.h"
#include "keystore/ids.h"
#include "server/core/rate_limiter.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"

namespace signet::http {

// A client that says who it is, and has not yet proven it.

// Whether `text` can be a client_id at all: printable ASCII, and not longer than any.
bool IsClientId(absl::string_view text);

// Counts a call of CallClass::kToken of a client of `tenant` by the client_id that is claimed, together with the tenant and the
// address it is claimed from: so nobody uses up another's rate, and who claims many, or none (`client_id` is empty), uses up that
// of the tenant, at worst.
core::RateLimiter::Verdict CountClaim(const HttpBackend& backend, const keystore::TenantId& tenant, const Request& request,
                                      absl::string_view client_id);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_CLAIMED_CLIENT_H_
