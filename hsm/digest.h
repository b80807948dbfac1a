#ifndef SIGNET_HSM_DIGEST_H_
#define SIGNET_HSM_DIGEST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

// Returns the digest of `message`. WARNING: `hash` must not be kNone.
std::string ComputeDigest(Hash hash, absl::string_view message);

// Checks that `digest` has the length of the hash of `algorithm`; anything passes for Ed25519, which signs the message itself.
//   kInvalidArgument  DIGEST_LENGTH, with the metadata `expected` and `actual`, in bytes
absl::Status CheckDigestSize(Algorithm algorithm, absl::string_view digest);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_DIGEST_H_
