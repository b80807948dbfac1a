#ifndef SIGNET_BASE_SHA256_H_
#define SIGNET_BASE_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace signet {

// Returns the SHA-256 of `bytes`: 32 bytes.
std::string Sha256(absl::string_view bytes);

}  // namespace signet

#endif  // SIGNET_BASE_SHA256_H_
