#ifndef SIGNET_CLIENTS_CLI_ACTIVATION_WAIT_H_
#define SIGNET_CLIENTS_CLI_ACTIVATION_WAIT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/command.h"
#include "clients/cli/session.h"
#include "signet/v1/signing_key.pb.h"

namespace signet::cli {

// `--wait`, by which a command goes on until a key may sign.
Parameter WaitParameter(absl::string_view doc);

// Waits until `key`, whose rotation is under way, signs, which Signet brings about by itself from `activatable_time` on. Tells on
// standard error how long that is, on a terminal second by second, otherwise once.
//   kCancelled INTERRUPTED  Ctrl-C: the rotation goes on without the program
//   kFailedPrecondition     another change overtook the rotation
absl::Status AwaitActivation(Session& session, const v1::SigningKey& key);

// Waits until `time`, from which on the key `kid` can be enabled, in the same way.
//   kCancelled INTERRUPTED  Ctrl-C: nothing was changed
absl::Status AwaitActivatable(Session& session, absl::string_view kid, absl::Time time);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ACTIVATION_WAIT_H_
