#ifndef SIGNET_CLIENTS_CLI_CLIENT_CREDENTIAL_H_
#define SIGNET_CLIENTS_CLI_CLIENT_CREDENTIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::cli {

// ClientCredential is as whom the server is called.
struct ClientCredential {
  std::string client_id;
  Secret client_secret;
  // The token endpoint, an https URL.
  std::string token_url;
};

// Reads a credential file: a JSON object with the members client_id, client_secret and token_url, as signetd writes for the first
// administrator, and `create security/api-credential --output` for others.
//   kInvalidArgument USAGE  it cannot be read, others may read it, a member is missing, or the URL is not https; the message begins
//                           with the path, and holds no secret
absl::StatusOr<ClientCredential> ReadCredentialFile(const std::string& path);

// Writes what ReadCredentialFile reads.
Secret RenderCredentialFile(const ClientCredential& credential);

// Returns `text` without blanks and line breaks around it.
//   kInvalidArgument USAGE  it is empty, or holds other than printable ASCII; the message begins with `name`
absl::StatusOr<Secret> AsClientSecret(const Secret& text, absl::string_view name);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CLIENT_CREDENTIAL_H_
