#include "server/rpc/request_tenants.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/strip.h"
#include "server/core/names.h"

namespace signet::rpc {

std::vector<keystore::TenantId> TenantsIn(const std::vector<absl::string_view>& names) {
  std::vector<keystore::TenantId> tenants;
  for (absl::string_view name : names) {
    if (!absl::ConsumePrefix(&name, "tenants/")) continue;
    absl::StatusOr<keystore::TenantId> tenant = core::CheckTenantId("name", name.substr(0, name.find('/')));
    if (!tenant.ok() || std::find(tenants.begin(), tenants.end(), *tenant) != tenants.end()) continue;
    tenants.push_back(*std::move(tenant));
  }
  return tenants;
}

}  // namespace signet::rpc
