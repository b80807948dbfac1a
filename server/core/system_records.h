#ifndef SIGNET_SERVER_CORE_SYSTEM_RECORDS_H_
#define SIGNET_SERVER_CORE_SYSTEM_RECORDS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "server/core/names.h"

namespace signet::core {

// Makes sure that the store has the tenant `system` and its rings, access-token, audit and client-ca, all ES256, whose keys sign as
// soon as they are enabled. Only access-token rotates by itself. Idempotent; needs no HSM; makes no keys.
//   kFailedPrecondition  TENANT_RESERVED: a tenant of that id was made by a release to which it meant nothing
//   as KeyStore
absl::Status EnsureSystemRecords(keystore::KeyStore& store, absl::Time now);

// The rings of the system tenant.
std::vector<RingName> SystemRings();

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SYSTEM_RECORDS_H_
