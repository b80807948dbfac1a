#ifndef SIGNET_SERVER_CORE_SIGNING_ADMISSION_H_
#define SIGNET_SERVER_CORE_SIGNING_ADMISSION_H_

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "keystore/ids.h"
#include "server/core/key_directory.h"
#include "server/core/names.h"
#include "server/core/signing_ledger.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

// Admission is whose key signs, until when what it signs lives, and when that was decided.
struct Admission {
  std::shared_ptr<const TenantSnapshot> tenant;  // Shared with the directory.
  const PublishedKey* key;
  absl::Time now;
  absl::Time expiry;
};

// SigningAdmission decides with which key a ring signs now. Thread-safe; borrows all.
class SigningAdmission {
 public:
  SigningAdmission(KeyDirectory& directory, SigningLedger& ledger, const Clock& clock)
      : directory_(directory), ledger_(ledger), clock_(clock) {}

  // Tells, from memory, whether `ring` can sign.
  //   kNotFound            TENANT_NOT_FOUND, KEY_RING_NOT_FOUND
  //   kFailedPrecondition  NO_ENABLED_KEY
  //   kUnavailable         STORE_UNAVAILABLE: the store has not confirmed which key is enabled
  absl::Status Check(const RingName& ring) const;

  // Finds the key that signs, and has the ledger admit what `expiry_at` says of the time and the ring, or fails as it does.
  //   as Check, and SigningLedger::Admit
  using ExpiryAt = absl::FunctionRef<absl::StatusOr<absl::Time>(absl::Time now, const TenantSnapshot::Ring& ring)>;
  absl::StatusOr<Admission> Admit(const RingName& ring, ExpiryAt expiry_at) const;

  // Tells whether another key than `key` signs for `ring` by now. A purge destroys the former key while it may still sign: a
  // signature that fails is to be made with the new one then.
  bool IsSuperseded(const RingName& ring, const PublishedKey& key) const;

 private:
  KeyDirectory& directory_;
  SigningLedger& ledger_;
  const Clock& clock_;
};

// The snapshot of a tenant.
//   kNotFound  TENANT_NOT_FOUND
absl::StatusOr<std::shared_ptr<const TenantSnapshot>> GetTenant(  // Shared with the directory.
    const KeyDirectory& directory, const keystore::TenantId& id);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SIGNING_ADMISSION_H_
