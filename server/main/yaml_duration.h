#ifndef SIGNET_SERVER_MAIN_YAML_DURATION_H_
#define SIGNET_SERVER_MAIN_YAML_DURATION_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::server {

// Parses a duration as configurations write it: as absl::ParseDuration does, with days ("30d", "1d12h") ahead; nullopt for anything
// else, an infinite one included.
std::optional<absl::Duration> ParseConfigDuration(absl::string_view text);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_YAML_DURATION_H_
