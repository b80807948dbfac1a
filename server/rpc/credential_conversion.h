#ifndef SIGNET_SERVER_RPC_CREDENTIAL_CONVERSION_H_
#define SIGNET_SERVER_RPC_CREDENTIAL_CONVERSION_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/core/credential_view.h"
#include "server/core/new_credential.h"
#include "signet/v1/credential.pb.h"
#include "signet/v1/credential_service.pb.h"

namespace signet::rpc {

// Between the words of signet.v1.CredentialService and those of the layers below. What a request means, and whether it is allowed,
// is checked by core::Credentials; here, whether its fields can be read.

// A credential as replies show it: of its secrets only that there are any. What this release cannot read of a record is left out.
v1::Credential ToProto(const core::CredentialView& view);
// With what is shown once. WARNING: the message holds secrets, in memory that nobody zeroes; it is for the reply, and nothing else.
v1::IssuedCredential ToProto(const core::IssuedCredential& issued);

//   kInvalidArgument  MISSING_FIELD, INVALID_NAME, INVALID_FIELD
absl::StatusOr<core::NewCredential> FromProto(const v1::CreateCredentialRequest& request);
absl::StatusOr<core::NewSecret> FromProto(const v1::RotateSecretRequest& request);
// `field` is the path of the key in its request.
absl::StatusOr<core::NewPublicKey> FromProto(absl::string_view field, const v1::ClientPublicKey& key);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CREDENTIAL_CONVERSION_H_
