#ifndef SIGNET_SERVER_CORE_PRIVATE_KEY_DESTRUCTION_H_
#define SIGNET_SERVER_CORE_PRIVATE_KEY_DESTRUCTION_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/services.h"

namespace signet::core {

enum class Destruction { kDone, kNotNeeded };

// Destroys in the HSM what a key leaves behind that is REVOKED, DESTROYED or GENERATION_FAILED, and commits that it is gone, with
// the event "PrivateKeyDestroyed". Not needed if that was done before, or if the key is in another state: then nothing happens.
//
// The key's state was committed and published before, so no new signature with it is asked for. A failure takes nothing back: the
// row says in_hsm until a repetition, such as that of the scheduler or of the next start's reconciliation, succeeds.
//   as Hsm::DestroyKey, KeyStore::GetKeyByUid and KeyStore::Commit; safe to retry
absl::StatusOr<Destruction> DestroyPrivateKey(const Services& services, const keystore::KeyUid& uid, const Actor& actor);

// Destroys in the HSM whatever it holds of a key that is not live, or was never made.
//   as Hsm::DestroyKey
absl::Status DestroyInHsm(const Services& services, const keystore::KeyRecord& key);

// Destroys the private keys of `uids`, as above, and logs those that could not be.
void DestroyPrivateKeysOrLog(const Services& services, const std::vector<keystore::KeyUid>& uids, const Actor& actor);

// Logs that the private key of `key`, which is retired, may still be in the HSM, because of `error`: nobody else would learn of it.
void LogPrivateKeyLeft(const Services& services, const keystore::KeyRecord& key, const absl::Status& error);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PRIVATE_KEY_DESTRUCTION_H_
