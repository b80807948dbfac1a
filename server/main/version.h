#ifndef SIGNET_SERVER_MAIN_VERSION_H_
#define SIGNET_SERVER_MAIN_VERSION_H_

#include "absl/strings/string_view.h"

namespace signet::server {

// The release of signetd.
inline constexpr absl::string_view kVersion = "0.1.0";

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_VERSION_H_
