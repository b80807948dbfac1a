#include "server/core/force_warnings.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace signet::core {
namespace {

std::string Text(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); }

}  // namespace

std::string EarlyActivationWarning(const keystore::KeyRecord& next, const keystore::ResolvedPolicy& policy) {
  return absl::StrCat("verifiers that cached the JWKS can refuse tokens of key ", next.kid.value(), " until ",
                      Text(keystore::ActivatableTime(next, policy)));
}

std::string LostTokensWarning(const keystore::KeyRecord& key) {
  if (!key.usage.token_expiry_bound) {
    return absl::StrCat("key ", key.kid.value(), " goes before its min_retention; it has signed no token");
  }
  return absl::StrCat("tokens of key ", key.kid.value(), ", of which the last expires by ", Text(*key.usage.token_expiry_bound),
                      ", are refused from now on");
}

}  // namespace signet::core
