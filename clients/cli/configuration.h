#ifndef SIGNET_CLIENTS_CLI_CONFIGURATION_H_
#define SIGNET_CLIENTS_CLI_CONFIGURATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/environment.h"

namespace signet::cli {

// Configuration says which server to call and what is meant when nothing is named. A JSON object with the members
// grpc_address, https_url, ca_certificate and subaccount, and no others.
struct Configuration {
  // The file that it comes from.
  std::string path;
  // "HOST:PORT" or "unix:/path". Required.
  std::string grpc_address;
  // An https URL; may be empty.
  std::string https_url;
  // The path of a PEM file; may be empty. In the JSON, a relative path counts from the folder of the configuration.
  std::string ca_certificate;
  // The content of that file.
  std::string ca_certificate_pem;
  // The target: the id of a subaccount, or empty. SIGNET_SUBACCOUNT overrides the member.
  std::string subaccount;
};

// Returns the file to read: `option` (--config), or $SIGNET_CONFIG, or ~/.config/signet/signet.json, whichever is the first to be
// named. "" if none is: no home directory.
std::string ConfigurationPath(absl::string_view option, const Environment& environment);

// Reads and checks the file at `path`.
//   kInvalidArgument USAGE  it, or the certificate file, is missing, cannot be read, has a wrong form or an unknown member; the
//                           message names both the file and the member
absl::StatusOr<Configuration> LoadConfiguration(const std::string& path, const Environment& environment);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CONFIGURATION_H_
