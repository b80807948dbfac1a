#include "server/core/signing_admission.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

// How often a signature may find its key superseded before it is refused; each time somebody else's rotation went through.
constexpr int kAttempts = 4;

absl::Status CheckFresh(const KeyDirectory& directory, absl::Duration signing_grace) {
  if (directory.IsFresh(signing_grace)) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable,
               "the store has not confirmed which keys are enabled; nothing is signed until it does");
}

// The ring, which has a key that signs.
absl::StatusOr<const TenantSnapshot::Ring*> GetRing(const TenantSnapshot& tenant, const RingName& ring_name) {
  const auto ring = tenant.rings.find(ring_name.ring);
  if (ring == tenant.rings.end()) {
    const std::string name = FormatRingName(ring_name);
    return Error(absl::StatusCode::kNotFound, reason::kKeyRingNotFound, absl::StrCat(name, " does not exist"), {{"ring", name}});
  }
  if (ring->second.current == nullptr) {
    return Error(
        absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey,
        absl::StrCat(FormatRingName(ring_name),
                     " has no enabled key: rotate it, or enable one of its keys; a rotation that is under way does so by itself"));
  }
  return &ring->second;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TenantSnapshot>> GetTenant(const KeyDirectory& directory, const keystore::TenantId& id) {
  std::shared_ptr<const TenantSnapshot> tenant = directory.FindTenant(id);
  if (tenant == nullptr) {
    const std::string name = FormatTenantName(id);
    return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, absl::StrCat(name, " does not exist"), {{"tenant", name}});
  }
  return tenant;
}

absl::Status SigningAdmission::Check(const RingName& ring_name) const {
  SIGNET_ASSIGN_OR_RETURN(const auto tenant, GetTenant(directory_, ring_name.tenant));
  SIGNET_ASSIGN_OR_RETURN(const TenantSnapshot::Ring* ring, GetRing(*tenant, ring_name));
  return CheckFresh(directory_, ring->policy.signing_grace);
}

absl::StatusOr<Admission> SigningAdmission::Admit(const RingName& ring_name, ExpiryAt expiry_at) const {
  for (int attempt = 1;; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(auto tenant, GetTenant(directory_, ring_name.tenant));
    SIGNET_ASSIGN_OR_RETURN(const TenantSnapshot::Ring* ring, GetRing(*tenant, ring_name));
    SIGNET_RETURN_IF_ERROR(CheckFresh(directory_, ring->policy.signing_grace));
    const absl::Time now = clock_.Now();
    SIGNET_ASSIGN_OR_RETURN(const absl::Time expiry, expiry_at(now, *ring));
    const PublishedKey* key = ring->current.get();
    const absl::Status admitted = ledger_.Admit(key->meter, expiry);
    if (admitted.ok()) return Admission{std::move(tenant), key, now, expiry};
    // The key was superseded since the snapshot was made: the one that signs now is the one to use.
    if (!absl::IsAborted(admitted) || attempt == kAttempts) return admitted;
    SIGNET_RETURN_IF_ERROR(directory_.Refresh());
  }
}

bool SigningAdmission::IsSuperseded(const RingName& ring_name, const PublishedKey& key) const {
  const std::shared_ptr<const TenantSnapshot> tenant = directory_.FindTenant(ring_name.tenant);
  if (tenant == nullptr) return false;
  const absl::StatusOr<const TenantSnapshot::Ring*> ring = GetRing(*tenant, ring_name);
  return ring.ok() && (*ring)->current->name.kid != key.name.kid;
}

}  // namespace signet::core
