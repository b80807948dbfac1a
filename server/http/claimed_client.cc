#include "server/http/claimed_client.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "server/core/access.h"
#include "server/http/oauth_request.h"

namespace signet::http {

bool IsClientId(absl::string_view text) {
  // VSCHAR of RFC 6749 appendix A.
  const auto is_printable = [](unsigned char c) { return absl::ascii_isprint(c); };
  return text.size() <= kMaxClientIdSize && std::all_of(text.begin(), text.end(), is_printable);
}

core::RateLimiter::Verdict CountClaim(const HttpBackend& backend, const keystore::TenantId& tenant, const Request& request,
                                      absl::string_view client_id) {
  // By its hash, as it is kept for a while: people put secrets into the wrong field.
  const std::string claimed = absl::StrCat(Sha256(client_id), " of ", tenant.value(), " at ", request.peer_address);
  return backend.rate_limiter.Count(core::CallClass::kToken, claimed, tenant);
}

}  // namespace signet::http
