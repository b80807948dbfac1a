#include "server/core/tenant_access.h"

#include "absl/strings/string_view.h"
#include "server/core/access.h"

namespace signet::core {
namespace {

constexpr absl::string_view kRoots = "a tenant without a parent is the system's to make";

}  // namespace

absl::Status CheckMayCreate(const Principal& caller, const NewTenant& tenant) {
  return tenant.parent.has_value() || ReachesAll(caller) ? absl::OkStatus() : OutOfReach(kRoots);
}

absl::StatusOr<TenantUpdate> AllowedUpdate(const KeyDirectory& directory, const Principal& caller, const TenantView& present,
                                           TenantUpdate update) {
  const keystore::TenantRecord& record = present.record;
  const bool moves = update.parent.has_value() && *update.parent != record.parent;
  if (moves && !update.parent->has_value() && !ReachesAll(caller)) return OutOfReach(kRoots);
  if (ReachesAbove(directory, caller, record.id)) return update;
  const bool renames = update.issuer.has_value() && *update.issuer != record.issuer && *update.issuer != present.issuer;
  const bool rehosts = update.host_aliases.has_value() && *update.host_aliases != record.host_aliases;
  if (moves) return OutOfReach("a tenant's parent is not its own to change");
  if (renames) return OutOfReach("a tenant's issuer is not its own to change");
  if (rehosts) return OutOfReach("a tenant's host_aliases are not its own to change");
  // Not even to what they are: by the time of the commit they may be something else.
  update.parent.reset();
  update.issuer.reset();
  update.host_aliases.reset();
  return update;
}

absl::Status CheckMayDelete(const KeyDirectory& directory, const Principal& caller, const keystore::TenantId& tenant) {
  return ReachesAbove(directory, caller, tenant) ? absl::OkStatus() : OutOfReach("a tenant is not its own to delete");
}

}  // namespace signet::core
