#ifndef SIGNET_SERVER_MAIN_CONFIG_FILES_H_
#define SIGNET_SERVER_MAIN_CONFIG_FILES_H_

#include <vector>

#include "server/main/config_validator.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// Checks what `config`, whose values are valid, names in the file system: files can be read, and secrets by nobody who should not;
// a certificate and its key belong together; the module is a file; the store and the Unix sockets have a folder. Changes nothing.
std::vector<InvalidSetting> FindUnusableFiles(const config::v1::Config& config);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_CONFIG_FILES_H_
