#ifndef SIGNET_SERVER_MAIN_DEV_ADMINISTRATOR_H_
#define SIGNET_SERVER_MAIN_DEV_ADMINISTRATOR_H_

#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/random.h"
#include "keystore/key_store.h"

namespace signet::server {

// Makes sure that `path` holds the credential of the administrator, with the present token URL. It stays the same from start to
// start; a new one takes its place if the file was lost, or somebody has deleted or replaced the credential.
//   as BootstrapAdministrator and WriteAdminCredential
absl::Status EnsureDevAdministrator(keystore::KeyStore& store, const Clock& clock, Random& random, const std::string& public_url,
                                    const std::string& path);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_DEV_ADMINISTRATOR_H_
