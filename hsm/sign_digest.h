#ifndef SIGNET_HSM_SIGN_DIGEST_H_
#define SIGNET_HSM_SIGN_DIGEST_H_

#include <p11-kit/pkcs11.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// Signs `digest`, of the algorithm's length, or the message for Ed25519, and returns the raw signature. After an error the session
// can keep an active operation: drop it.
//   kUnavailable    the token failed; IsStale if the session, the login or the handle is gone
//   kUnimplemented  HSM_UNSUPPORTED: the token refuses the mechanism
absl::StatusOr<std::string> SignDigest(TokenSession& session, CK_OBJECT_HANDLE private_key, Algorithm algorithm,
                                       absl::string_view digest);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SIGN_DIGEST_H_
