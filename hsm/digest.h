#ifndef SIGNET_HSM_DIGEST_H_
#define SIGNET_HSM_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

// Returns the digest of `message`. WARNING: `hash` must not be kNone.
std::string ComputeDigest(Hash hash, absl::string_view message);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_DIGEST_H_
