#include "server/core/tenant_tree.h"

#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

absl::Status Unfit(const keystore::TenantId& parent, absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kTenantParent,
               absl::StrCat(FormatTenantName(parent), " cannot be the parent: it is ", why),
               {{"parent", FormatTenantName(parent)}});
}

}  // namespace

absl::Status CheckParentIsFit(keystore::TenantKind kind, const std::optional<keystore::TenantId>& parent) {
  if (kind == keystore::TenantKind::kSystem) return InvalidField("tenant.kind", "SYSTEM is that of signet's own tenant alone");
  if (kind == keystore::TenantKind::kGlobalAccount && parent.has_value()) {
    return InvalidField("tenant.parent", "a global account is a root");
  }
  if (kind == keystore::TenantKind::kDirectory && !parent.has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField,
                 "tenant.parent: a directory belongs to a global account or to another directory", {{"field", "tenant.parent"}});
  }
  return absl::OkStatus();
}

absl::Status PutBelow(keystore::KeyStore& store, const keystore::TenantId& child, const keystore::TenantId& parent,
                      keystore::Change& change) {
  if (parent == child) return Unfit(parent, "the tenant itself");
  SIGNET_ASSIGN_OR_RETURN(keystore::TenantRecord above, FindTenant(store, parent));
  if (above.kind == keystore::TenantKind::kSystem) return Unfit(parent, "signet's own");
  if (above.kind == keystore::TenantKind::kSubaccount) return Unfit(parent, "a subaccount");
  change.puts.emplace_back(above);
  while (above.parent.has_value()) {
    if (*above.parent == child) return Unfit(parent, "below the tenant");
    SIGNET_ASSIGN_OR_RETURN(above, FindTenant(store, *above.parent));
    change.expectations.push_back({above});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<keystore::TenantRecord>> FindSubtree(keystore::KeyStore& store, const keystore::TenantId& root) {
  constexpr int kPage = 1000;
  std::vector<keystore::TenantRecord> found;
  // A tenant that is moved while this reads may be met twice, but for ever only in a ring.
  std::set<keystore::TenantId> seen = {root};
  SIGNET_ASSIGN_OR_RETURN(keystore::TenantRecord top, FindTenant(store, root));
  found.push_back(std::move(top));
  for (size_t next = 0; next < found.size(); ++next) {
    if (found[next].kind == keystore::TenantKind::kSubaccount) continue;
    keystore::KeyStore::TenantFilter children;
    children.parent = found[next].id;
    for (keystore::Page page = {"", kPage};;) {
      SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::TenantRecord> read, store.ListTenants(children, page));
      for (const keystore::TenantRecord& child : read) {
        if (seen.insert(child.id).second) found.push_back(child);
      }
      if (read.size() < static_cast<size_t>(kPage)) break;
      page.after = read.back().id.value();
    }
  }
  return found;
}

}  // namespace signet::core
