#ifndef SIGNET_BASE_VERSION_H_
#define SIGNET_BASE_VERSION_H_

#include "absl/strings/string_view.h"

namespace signet {

// The release of both programs (semantic versioning).
inline constexpr absl::string_view kVersion = "0.1.0";

}  // namespace signet

#endif  // SIGNET_BASE_VERSION_H_
