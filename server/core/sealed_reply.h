#ifndef SIGNET_SERVER_CORE_SEALED_REPLY_H_
#define SIGNET_SERVER_CORE_SEALED_REPLY_H_

#include <string>

#include "absl/status/status.h"
#include "server/core/credential_view.h"

namespace signet::core {

// Checks a JWK that replies are to be sealed to, without sealing one.
//   kInvalidArgument  INVALID_FIELD, `seal_to_jwk`
absl::Status CheckSealingKey(const std::string& jwk);

// Puts what `issued` shows once, the secret or the private key, into its sealed_secret, for the holder of the private key of `jwk`
// alone. Does nothing without a jwk.
//   as CheckSealingKey
absl::Status SealReply(const std::string& jwk, IssuedCredential& issued);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SEALED_REPLY_H_
