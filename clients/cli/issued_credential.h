#ifndef SIGNET_CLIENTS_CLI_ISSUED_CREDENTIAL_H_
#define SIGNET_CLIENTS_CLI_ISSUED_CREDENTIAL_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/private_file.h"
#include "clients/cli/session.h"
#include "signet/v1/credential_service.pb.h"

namespace signet::cli {

// The parameters that say where to what is shown once goes: --output, --seal-to.
std::vector<Parameter> DeliveryParameters();

// Opens the file that --output names; nullptr without one, and where nothing is going to be issued. To be called before the server
// is: a secret must not be made that has nowhere to go.
//   kInvalidArgument USAGE  it cannot be made
absl::StatusOr<std::unique_ptr<PrivateFile>> OpenOutput(const Session& session);

// Shows `reply`, and what of it is shown once; or writes that to `output`, if it is not nullptr.
//   kInvalidArgument USAGE  it cannot be written; the hint says how to get another
absl::Status Deliver(Session& session, v1::IssuedCredential reply, PrivateFile* output);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_ISSUED_CREDENTIAL_H_
