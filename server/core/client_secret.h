#ifndef SIGNET_SERVER_CORE_CLIENT_SECRET_H_
#define SIGNET_SERVER_CORE_CLIENT_SECRET_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "base/random.h"
#include "base/secret.h"
#include "keystore/records.h"

namespace signet::core {

// The text of a secret: 256 random bits in base64url.
inline constexpr size_t kClientSecretLength = 43;

// MadeClientSecret is a secret that was just made: what its owner is shown once, and what is kept of it.
struct MadeClientSecret {
  Secret text;
  // Without its times.
  keystore::ClientSecret record;
};

MadeClientSecret MakeClientSecret(Random& random);

// Tells whether `candidate`, which may be anything, is the text of `secret`. Its time depends on the length of `candidate` alone,
// not on what either holds. Whether the secret has ended is for the caller to see, before or after, as it likes.
bool Matches(const keystore::ClientSecret& secret, absl::string_view candidate);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_SECRET_H_
