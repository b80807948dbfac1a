#include "server/core/system_records.h"

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/commit.h"

namespace signet::core {
namespace {

using keystore::RingRecord;
using keystore::TenantRecord;

TenantRecord NewSystemTenant(absl::Time now) {
  TenantRecord tenant;
  tenant.id = keystore::TenantId(std::string(kSystemTenant));
  tenant.kind = keystore::TenantKind::kSystem;
  tenant.display_name = "Signet";
  tenant.create_time = now;
  tenant.update_time = now;
  return tenant;
}

RingRecord NewSystemRing(const RingName& name, absl::Time now) {
  RingRecord ring;
  ring.tenant = name.tenant;
  ring.id = name.ring;
  ring.algorithm = std::string(hsm::GetAlgorithmInfo(hsm::Algorithm::kEs256).name);
  // The one who verifies is Signet itself, which knows a key as soon as it is there.
  ring.policy.activation_delay = absl::ZeroDuration();
  if (name.ring.value() != kAccessTokenRing) {
    ring.policy.automatic = false;
    ring.policy.keep_next = false;
  }
  if (name.ring.value() == kClientCaRing) ring.certificate.common_name = "Signet client CA";
  ring.create_time = now;
  ring.update_time = now;
  return ring;
}

absl::Status CheckIsSystemTenant(const TenantRecord& tenant) {
  if (tenant.kind == keystore::TenantKind::kSystem) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, reason::kTenantReserved,
      "the store has a tenant system that an earlier release let be created; this release needs that id for its own tenant: "
      "delete it with the earlier release, then start this one");
}

absl::Status EnsureOnce(keystore::KeyStore& store, absl::Time now) {
  const Actor actor = {std::string(kSystemActor), ""};
  TenantRecord tenant = NewSystemTenant(now);
  SIGNET_ASSIGN_OR_RETURN(const std::optional<TenantRecord> present, store.GetTenant(tenant.id));
  const bool exists = present.has_value() && !present->delete_time;
  if (exists) SIGNET_RETURN_IF_ERROR(CheckIsSystemTenant(*present));

  keystore::Change change;
  if (exists) {
    tenant = *present;
  } else {
    // A deleted one's row is written over.
    tenant.revision = present.has_value() ? present->revision : 0;
    change.events.push_back(MakeEvent(now, actor, "CreateTenant", nullptr, tenant));
  }
  change.puts.emplace_back(tenant);
  for (const RingName& name : SystemRings()) {
    SIGNET_ASSIGN_OR_RETURN(const std::optional<RingRecord> former, store.GetRing(name.tenant, name.ring));
    if (former.has_value() && !former->delete_time) continue;
    RingRecord ring = NewSystemRing(name, now);
    ring.revision = former.has_value() ? former->revision : 0;
    change.events.push_back(MakeEvent(now, actor, "CreateKeyRing", nullptr, ring));
    change.puts.emplace_back(std::move(ring));
  }
  if (change.events.empty()) return absl::OkStatus();
  return store.Commit(change).status();
}

}  // namespace

std::vector<RingName> SystemRings() {
  const keystore::TenantId tenant{std::string(kSystemTenant)};
  std::vector<RingName> rings;
  for (const absl::string_view ring : {kAccessTokenRing, kAuditRing, kClientCaRing}) {
    rings.push_back({tenant, keystore::RingId(std::string(ring))});
  }
  return rings;
}

absl::Status EnsureSystemRecords(keystore::KeyStore& store, absl::Time now) {
  return RetryConcurrentChange([&] { return EnsureOnce(store, now); });
}

}  // namespace signet::core
