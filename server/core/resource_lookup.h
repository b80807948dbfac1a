#ifndef SIGNET_SERVER_CORE_RESOURCE_LOOKUP_H_
#define SIGNET_SERVER_CORE_RESOURCE_LOOKUP_H_

#include <vector>

#include "absl/status/statusor.h"
#include "hsm/algorithm.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/names.h"

namespace signet::core {

// Look-ups in the store of what callers name. The tenant is looked for first, then the ring, then the key; what is deleted is
// not there. Besides what KeyStore returns:
//   kNotFound  TENANT_NOT_FOUND, KEY_RING_NOT_FOUND, KEY_NOT_FOUND (also for a key of another ring), with the resource name as
//              metadata `tenant`, `ring`, `key`

absl::StatusOr<keystore::TenantRecord> FindTenant(keystore::KeyStore& store, const keystore::TenantId& id);
absl::StatusOr<keystore::RingRecord> FindRing(keystore::KeyStore& store, const RingName& name);

// KeyInRing is a key with the ring that it belongs to.
struct KeyInRing {
  keystore::RingRecord ring;
  keystore::KeyRecord key;
};
absl::StatusOr<KeyInRing> FindKey(keystore::KeyStore& store, const KeyName& name);

// Finds all live keys of a ring, in the order of creation.
absl::StatusOr<std::vector<keystore::KeyRecord>> FindLiveKeys(keystore::KeyStore& store, const RingName& ring);

// Tells whether a ring holds a key that is not DESTROYED.
absl::StatusOr<bool> HoldsKeys(keystore::KeyStore& store, const RingName& ring);

// Turns the stored name of an algorithm into the algorithm.
//   kDataLoss  STORE_CORRUPT: this release does not know it
absl::StatusOr<hsm::Algorithm> StoredAlgorithm(const std::string& name);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RESOURCE_LOOKUP_H_
