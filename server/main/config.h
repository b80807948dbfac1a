#ifndef SIGNET_SERVER_MAIN_CONFIG_H_
#define SIGNET_SERVER_MAIN_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// Fills in the defaults that config.proto documents for what is not set.
void SetDefaults(config::v1::Config& config);

// Reads a configuration from YAML, fills in the defaults and checks every value. Opens no file. `file_name` is for the messages.
//   kInvalidArgument  INVALID_FIELD; the message has a line for each problem: "FILE:LINE: FIELD: what is wrong"
absl::StatusOr<config::v1::Config> ParseConfig(absl::string_view yaml, absl::string_view file_name);

// As ParseConfig for the file at `path`; checks also the files that it names, as FindUnusableFiles does.
absl::StatusOr<config::v1::Config> LoadConfig(const std::string& path);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_CONFIG_H_
