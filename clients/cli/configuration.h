#ifndef SIGNET_CLIENTS_CLI_CONFIGURATION_H_
#define SIGNET_CLIENTS_CLI_CONFIGURATION_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/client_credential.h"
#include "clients/cli/command.h"
#include "clients/cli/environment.h"
#include "clients/cli/session_file.h"
#include "clients/cli/target.h"

namespace signet::cli {

// Configuration says which server to call, as whom, and what is meant when nothing is named. A JSON object with the members
// grpc_address, https_url, ca_certificate, subaccount; client_id, client_secret_file, token_url, or else admin_credential_file; and
// no others. A relative path counts from the folder of the configuration. What `login` and `target` stored comes before it.
struct Configuration {
  // The file that it comes from.
  std::string path;
  // "HOST:PORT" or "unix:/path".
  std::string grpc_address;
  // An https URL; may be empty.
  std::string https_url;
  // The path of a PEM file; may be empty.
  std::string ca_certificate;
  // The content of that file.
  std::string ca_certificate_pem;
  // SIGNET_SUBACCOUNT comes before what is stored, and that before the member `subaccount`.
  Target target;
  // As whom the server is called, if as anybody.
  std::optional<ClientCredential> credential;
  // Where `login` and `target` store things, beside `path`; and what they stored.
  std::string session_path;
  StoredSession stored;
};

// Returns the file to read: `option` (--config), or $SIGNET_CONFIG, or ~/.config/signet/signet.json, whichever is the first to be
// named. "" if none is: no home directory.
std::string ConfigurationPath(absl::string_view option, const Environment& environment);

// Reads and checks the file at `path`, and what is stored beside it. For kNothing, the file and the address may be missing;
// for kServer, the file may be if an address is stored.
//   kInvalidArgument USAGE  it, or a file that it names, is missing, cannot be read, has a wrong form or an unknown member, or
//   holds
//                           a secret that others may read; the message names both the file and the member
absl::StatusOr<Configuration> LoadConfiguration(const std::string& path, Needs needs, const Environment& environment);

// Checks an address as grpc_address has it; `name` is how the error calls it.
//   kInvalidArgument USAGE  it is none
absl::Status CheckGrpcAddress(absl::string_view name, absl::string_view address);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CONFIGURATION_H_
