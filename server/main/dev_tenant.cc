#include "server/main/dev_tenant.h"

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "server/core/change_request.h"
#include "server/core/names.h"

namespace signet::server {

absl::Status CreateDevTenant(keystore::KeyStore& store, core::Tenants& tenants, core::KeyRings& rings) {
  const keystore::TenantId id("dev");
  const keystore::RingId ring{std::string(core::kAccessTokenRing)};
  core::ChangeRequest request;
  request.principal = "system";

  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::TenantRecord> tenant, store.GetTenant(id));
  if (!tenant) {
    core::NewTenant created;
    created.id = id.value();
    created.kind = keystore::TenantKind::kSubaccount;
    created.host_aliases = {"localhost", "127.0.0.1"};
    SIGNET_RETURN_IF_ERROR(tenants.Create(created, request).status());
  } else if (tenant->delete_time) {
    return absl::OkStatus();
  }

  // A crash may have come between the two steps; a ring that somebody changed since is left alone.
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> record, store.GetRing(id, ring));
  if (!record || record->policy.activation_delay || record->update_time != record->create_time) return absl::OkStatus();
  core::RingUpdate update;
  update.activation_delay = absl::ZeroDuration();
  return rings.Update(core::RingName{id, ring}, update, request).status();
}

}  // namespace signet::server
