#ifndef SIGNET_SERVER_MAIN_DEV_TOKEN_H_
#define SIGNET_SERVER_MAIN_DEV_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"

namespace signet::server {

// DevToken is the SoftHSM token of a development server.
struct DevToken {
  // The PKCS#11 module.
  std::string module_path;
  std::string label;
  // Holds the user PIN.
  std::string pin_file;
};

// Makes a SoftHSM token under `folder` with random PINs, or finds the one that it made before, and points SOFTHSM2_CONF of this
// process to it. What a crash leaves of a token half made is made anew.
//
// libp11 initialises the token, in a child process: see TokenProvisioner.
// WARNING: call it while there is one thread, and before the module is loaded.
//   kNotFound  SoftHSM is not installed
//   otherwise as errno or the token says
absl::StatusOr<DevToken> PrepareDevToken(const std::string& folder, Random& random);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_DEV_TOKEN_H_
