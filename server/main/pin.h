#ifndef SIGNET_SERVER_MAIN_PIN_H_
#define SIGNET_SERVER_MAIN_PIN_H_

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// Reads the user PIN from the file or the environment variable that `hsm` names, without a newline at its end. The variable is
// removed, and its bytes wiped, so that neither a child nor /proc/PID/environ shows it.
// WARNING: call it while there is one thread, as the environment has no lock.
//   kInvalidArgument  INVALID_FIELD: the variable is not set, the PIN is empty or has several lines
//   as errno says     the file cannot be read
absl::StatusOr<Secret> ReadPin(const config::v1::Hsm& hsm);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_PIN_H_
