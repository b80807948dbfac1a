#ifndef SIGNET_SERVER_MAIN_CONFIG_VALIDATOR_H_
#define SIGNET_SERVER_MAIN_CONFIG_VALIDATOR_H_

#include <string>
#include <utility>
#include <vector>

#include "signet/config/v1/config.pb.h"

namespace signet::server {

// A field's path and what is wrong with it.
using InvalidSetting = std::pair<std::string, std::string>;

// Checks every value of `config`, whose defaults have been filled in, against what config.proto documents, and returns all that is
// wrong. Opens no file.
std::vector<InvalidSetting> FindInvalidSettings(const config::v1::Config& config);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_CONFIG_VALIDATOR_H_
