#include "server/core/tenant_snapshot.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hsm/algorithm.h"

namespace signet::core {

std::vector<std::string> TenantSnapshot::SigningAlgorithms() const {
  std::set<std::string> names;
  for (const auto& key : published) names.emplace(hsm::GetAlgorithmInfo(key->algorithm()).jose_name);
  return {names.begin(), names.end()};
}

std::shared_ptr<const TenantSnapshot> BuildSnapshot(TenantParts parts, absl::string_view public_url) {
  auto snapshot = std::make_shared<TenantSnapshot>();
  snapshot->issuer = IssuerOf(parts.tenant, public_url);
  snapshot->jwks_life = PlanJwks(parts.rings, parts.keys);
  for (const auto& [id, terms] : parts.rings) snapshot->rings.emplace(id, TenantSnapshot::Ring{terms, nullptr});
  for (const auto& key : parts.keys) {
    const auto ring = snapshot->rings.find(key->name.ring.ring);
    if (key->state == keystore::KeyState::kEnabled && ring != snapshot->rings.end()) ring->second.current = key;
  }
  snapshot->tenant = std::move(parts.tenant);
  snapshot->published = std::move(parts.keys);
  snapshot->published.ShrinkToFit();
  return snapshot;
}

TenantParts PartsOf(const TenantSnapshot& snapshot) {
  TenantParts parts;
  parts.tenant = snapshot.tenant;
  parts.rings.insert(snapshot.rings.begin(), snapshot.rings.end());
  parts.keys = snapshot.published;
  return parts;
}

std::string IssuerOf(const keystore::TenantRecord& tenant, absl::string_view public_url) {
  return tenant.issuer.empty() ? absl::StrCat(public_url, "/t/", tenant.id.value()) : tenant.issuer;
}

}  // namespace signet::core
