#ifndef SIGNET_SERVER_CORE_KEY_GENERATION_H_
#define SIGNET_SERVER_CORE_KEY_GENERATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hsm/public_key.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/services.h"

namespace signet::core {

// How a PENDING_GENERATION key ends, for the call that made it and for the reconciler that finds it after a crash.

// Commits that the HSM holds the proven pair of `public_key` for the key `uid`: it becomes DISABLED, gets its kid, and the request
// that asked for it gets its result, with the event "KeyGenerated". Returns the key; also if a reconciliation was faster. Does not
// refresh the directory.
//   kAlreadyExists  KEY_EXISTS: the thumbprint is taken as the kid of another key; fail the generation
//   kAborted        CONCURRENT_CHANGE: a reconciliation gave the key up meanwhile; fail the generation
//   as KeyStore::GetKeyByUid and KeyStore::Commit
absl::StatusOr<keystore::KeyRecord> CommitGenerated(const Services& services, const keystore::KeyUid& uid,
                                                    const hsm::PublicKey& public_key, const Actor& actor);

// Destroys what the HSM may hold of the key, and commits that it is GENERATION_FAILED, with the event "KeyGenerationFailed". If the
// HSM cannot destroy it now, the row keeps in_hsm and the next reconciliation does. A kid that the caller chose is free again, as
// no key ever had it, and the request that asked for the key may be attempted anew.
//   as KeyStore::GetKeyByUid and KeyStore::Commit; the key is then still PENDING_GENERATION, for the next reconciliation
absl::Status FailGeneration(const Services& services, const keystore::KeyRecord& pending, const Actor& actor);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_GENERATION_H_
