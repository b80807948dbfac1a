#include "server/main/access_options.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/core/scope.h"
#include "server/main/duration.h"

namespace signet::server {
namespace {

namespace v1 = config::v1;

core::Rate ToRate(int per_second, absl::Duration burst) {
  return {static_cast<double>(per_second), std::max(1, static_cast<int>(per_second * absl::ToDoubleSeconds(burst)))};
}

core::RateLimiter::Rates ToRates(const v1::Quota& quota) {
  const absl::Duration burst = ToDuration(quota.burst());
  return {ToRate(quota.per_principal(), burst), ToRate(quota.per_tenant(), burst)};
}

core::CertificateIdentity ToIdentity(const v1::Identity& identity) {
  core::CertificateIdentity result;
  const bool is_spiffe = !identity.spiffe_id().empty();
  result.kind = is_spiffe ? core::CertificateIdentity::Kind::kSpiffeId : core::CertificateIdentity::Kind::kDnsName;
  result.name = is_spiffe ? identity.spiffe_id() : identity.dns_name();
  if (!identity.tenant().empty()) result.tenant = keystore::TenantId(identity.tenant());
  result.scopes = *core::ParseScopes("scopes", {identity.scopes().begin(), identity.scopes().end()});
  result.signing_profile = ToSigningProfile(identity.signing_profile());
  return result;
}

}  // namespace

keystore::SigningProfile ToSigningProfile(const v1::SigningProfile& profile) {
  keystore::SigningProfile result;
  for (const std::string& ring : profile.key_rings()) result.key_rings.emplace_back(ring);
  result.fixed_claims_json = profile.fixed_claims_json();
  result.allowed_claims.assign(profile.allowed_claims().begin(), profile.allowed_claims().end());
  result.required_claims.assign(profile.required_claims().begin(), profile.required_claims().end());
  result.audiences.assign(profile.audiences().begin(), profile.audiences().end());
  if (profile.has_max_ttl()) result.max_ttl = ToDuration(profile.max_ttl());
  return result;
}

std::vector<core::CertificateIdentity> ToIdentities(const v1::Authentication& authentication) {
  std::vector<core::CertificateIdentity> identities;
  for (const v1::Identity& identity : authentication.identities()) identities.push_back(ToIdentity(identity));
  return identities;
}

core::RateLimiter::Options ToRateLimits(const v1::Quotas& quotas) {
  core::RateLimiter::Options options;
  options.administrative = ToRates(quotas.administrative());
  options.signing = ToRates(quotas.signing());
  options.token = ToRates(quotas.token());
  return options;
}

}  // namespace signet::server
