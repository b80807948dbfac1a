#include "server/core/principal.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

// A tree that a damaged store closed to a ring must not keep a call for ever.
constexpr int kMaxDepth = 64;

}  // namespace

const Principal& LocalPrincipal() {
  // Never destroyed: no global of this program has a destructor.
  static const auto& principal = *new Principal{.name = "local", .scopes = ScopeSet::All()};
  return principal;
}

bool ReachesAll(const Principal& principal) { return !principal.tenant || principal.tenant->value() == kSystemTenant; }

bool Reaches(const KeyDirectory& directory, const Principal& principal, const keystore::TenantId& tenant) {
  if (ReachesAll(principal)) return true;
  std::shared_ptr<const TenantSnapshot> next = directory.FindTenant(tenant);
  for (int depth = 0; next != nullptr && depth < kMaxDepth; ++depth) {
    if (next->tenant.id == *principal.tenant) return true;
    if (!next->tenant.parent) return false;
    next = directory.FindTenant(*next->tenant.parent);
  }
  return false;
}

bool ReachesAbove(const KeyDirectory& directory, const Principal& principal, const keystore::TenantId& tenant) {
  if (ReachesAll(principal)) return true;
  const std::shared_ptr<const TenantSnapshot> snapshot = directory.FindTenant(tenant);
  return snapshot != nullptr && snapshot->tenant.parent && Reaches(directory, principal, *snapshot->tenant.parent);
}

absl::Status CheckReach(const KeyDirectory& directory, const Principal& principal, const keystore::TenantId& tenant) {
  if (Reaches(directory, principal, tenant)) return absl::OkStatus();
  const std::string name = FormatTenantName(tenant);
  return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, absl::StrCat(name, " does not exist"), {{"tenant", name}});
}

}  // namespace signet::core
