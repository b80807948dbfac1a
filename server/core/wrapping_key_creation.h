#ifndef SIGNET_SERVER_CORE_WRAPPING_KEY_CREATION_H_
#define SIGNET_SERVER_CORE_WRAPPING_KEY_CREATION_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/services.h"

namespace signet::core {

// How wrapping keys come to be and go: intent, HSM, commit, as keys do. The first is made with the first ring that needs it.

// Checks that the HSM can keep keys of an algorithm wrapped.
//   kFailedPrecondition  HSM_UNSUPPORTED: it cannot; the ring is to have the protection TOKEN, or another algorithm
//   as KeyWrapper::CheckWraps otherwise
absl::Status CheckHsmWraps(const Services& services, const std::string& algorithm_name);

// Checks that the HSM can keep keys of some algorithm wrapped.
//   as KeyWrapper::CheckWraps
absl::Status CheckHsmWrapsAny(const Services& services);

// Returns the wrapping key by which new keys are wrapped, and makes one if there is none, with the events "CreateWrappingKey" and
// "WrappingKeyGenerated". Of several who make one at the same time, one succeeds, and all get that.
//   as KeyStore and KeyWrapper::GenerateWrappingKey; what a failure leaves, ResolveWrappingKeys removes
absl::StatusOr<keystore::WrappingKeyRecord> CurrentWrappingKey(const Services& services, const Actor& actor);

// Checks that the HSM holds the wrapping key by which new keys are wrapped; OK if there is none yet.
//   kUnavailable  HSM_UNAVAILABLE, as LacksWrappingKey
//   as KeyStore and KeyWrapper::ProveWrappingKey otherwise
absl::Status CheckCurrentWrappingKey(const Services& services);

// The error for a wrapping key that is to wrap new keys, and that the HSM does not hold: it says what can be done.
absl::Status LacksWrappingKey(const keystore::WrappingKeyRecord& key);

// Makes a wrapping key: the intent, the HSM, and one commit that makes it CURRENT, to which `extend` adds what belongs to it, such
// as what becomes of the former one. Events as above.
//   as KeyStore and KeyWrapper::GenerateWrappingKey; what a failure leaves, ResolveWrappingKeys removes
//   kAborted  CONCURRENT_CHANGE: somebody else was faster; read anew and try again
using ExtendChange = absl::FunctionRef<void(const keystore::WrappingKeyRecord& current, keystore::Change& change)>;
absl::StatusOr<keystore::WrappingKeyRecord> MakeWrappingKey(const Services& services, const Actor& actor, ExtendChange extend);

// Has the HSM destroy a wrapping key whose row says DESTROYED, and commits that, with the event "WrappingKeyDestroyed".
//   as KeyStore and KeyWrapper::DestroyWrappingKey; safe to retry
absl::Status EndWrappingKey(const Services& services, const keystore::WrappingKeyRecord& destroyed, const Actor& actor);

// Resolves what a crash left: an intended wrapping key comes to nothing, and one that is DESTROYED is destroyed in the HSM. Returns
// how many it ended. For the start, before anything is served. One in the HSM that bears this store's label and has no row is left
// alone, and logged: this store may be an older backup of the one whose keys it has wrapped, and they would all be lost with it.
//   as KeyStore and KeyWrapper; nothing is given up, run it again
absl::StatusOr<int> ResolveWrappingKeys(const Services& services);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_WRAPPING_KEY_CREATION_H_
