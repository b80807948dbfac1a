#ifndef SIGNET_CLIENTS_CLI_CREDENTIAL_FIELDS_H_
#define SIGNET_CLIENTS_CLI_CREDENTIAL_FIELDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/command.h"
#include "clients/cli/printer.h"
#include "clients/cli/session.h"
#include "signet/v1/credential.pb.h"
#include "signet/v1/credential_service.pb.h"

namespace signet::cli {

// The parameters that say what a new credential is.
std::vector<Parameter> CredentialParameters();
// The parameters of a public key: --public-key, --key, --algorithm. `occurrence` is that of the first.
std::vector<Parameter> PublicKeyParameters(Occurrence occurrence);

// Sets what these parameters name.
//   kInvalidArgument USAGE  a value is wrong, or parameters exclude each other
absl::Status SetFields(Session& session, v1::CreateCredentialRequest& request);
// Sets the public key that is named.
//   kInvalidArgument USAGE  a value is wrong
absl::Status SetPublicKey(Session& session, v1::ClientPublicKey& key);

// The credential that the parameter `parameter` names, as `tenants/{tenant}/credentials/{credential}`.
//   kInvalidArgument USAGE  no tenant is known
absl::StatusOr<std::string> CredentialName(const Session& session, absl::string_view parameter);

// What the texts call a kind: "binding-secret", "x509", "public-key".
std::string KindText(v1::Credential::Kind kind);

Fields Describe(const v1::Credential& credential);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CREDENTIAL_FIELDS_H_
