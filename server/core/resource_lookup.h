#ifndef SIGNET_SERVER_CORE_RESOURCE_LOOKUP_H_
#define SIGNET_SERVER_CORE_RESOURCE_LOOKUP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hsm/algorithm.h"
#include "hsm/public_key.h"
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

// Finds all keys of a ring that are not DESTROYED, in the order of creation.
absl::StatusOr<std::vector<keystore::KeyRecord>> FindKeys(keystore::KeyStore& store, const RingName& ring);

// RingState is a ring and its keys that are not DESTROYED. Whoever changes the keys of a ring writes the ring too, so that a commit
// which expects this ring also expects these keys.
struct RingState {
  keystore::RingRecord ring;
  std::vector<keystore::KeyRecord> keys;
};
absl::StatusOr<RingState> ReadRingState(keystore::KeyStore& store, const RingName& name);

// Reads the key that a request remembered as its result, with what it has signed until now.
absl::StatusOr<keystore::KeyRecord> RememberedKey(keystore::KeyStore& store, const std::string& json);

// Tells whether a ring holds a key that is not DESTROYED.
absl::StatusOr<bool> HoldsKeys(keystore::KeyStore& store, const RingName& ring);

// Turns the stored name of an algorithm into the algorithm.
//   kDataLoss  STORE_CORRUPT: this release does not know it
absl::StatusOr<hsm::Algorithm> StoredAlgorithm(const std::string& name);

// Checks that a key has a public key: one that is or was published.
//   kFailedPrecondition  KEY_NOT_GENERATED, KEY_DESTROYED
absl::Status CheckHasPublicKey(const keystore::KeyRecord& key);

// Reads the public key of a record that has one.
//   kDataLoss  STORE_CORRUPT: this release cannot
absl::StatusOr<hsm::PublicKey> StoredPublicKey(const keystore::KeyRecord& key);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RESOURCE_LOOKUP_H_
