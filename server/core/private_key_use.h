#ifndef SIGNET_SERVER_CORE_PRIVATE_KEY_USE_H_
#define SIGNET_SERVER_CORE_PRIVATE_KEY_USE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/records.h"
#include "server/core/services.h"

namespace signet::core {

// Has the HSM key of `key` sign something that is not a token: a certificate, a request for one, a proof. Opens a session of its
// own.
//   as hsm::Signer::Sign
absl::StatusOr<std::string> SignWithKey(const Services& services, const keystore::KeyRecord& key, absl::string_view digest);

// Checks that the HSM holds the private key of `key`, or unwraps it from what is stored now, by a signature that its public key
// verifies, before it becomes the one that signs. An HSM that does not answer at all does not tell.
//   kUnavailable  HSM_UNAVAILABLE: it does not hold it, as after it was replaced or restored, or cannot sign with it
//   kDataLoss     STORE_CORRUPT: it is kept wrapped, and what the store has is not its wrapped form; revoke the key
absl::Status CheckPrivateKeyIsThere(const Services& services, const keystore::KeyRecord& key);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PRIVATE_KEY_USE_H_
