#ifndef SIGNET_SERVER_RPC_CREDENTIAL_CALLS_H_
#define SIGNET_SERVER_RPC_CREDENTIAL_CALLS_H_

#include "absl/status/status.h"
#include "server/core/credentials.h"
#include "server/core/principal.h"
#include "signet/v1/credential.pb.h"
#include "signet/v1/credential_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.CredentialService: each reads a request, has `credentials` do it and fills the response. All block on
// the store, CreateCredential on the HSM too. The errors are those that the proto documents; beside those of core::Credentials
//   kInvalidArgument  MISSING_FIELD, INVALID_FIELD, INVALID_NAME: a field of the request
absl::Status CreateCredential(core::Credentials& credentials, const core::Principal& caller,
                              const v1::CreateCredentialRequest& request, v1::IssuedCredential& response);
absl::Status GetCredential(core::Credentials& credentials, const v1::GetCredentialRequest& request, v1::Credential& response);
absl::Status ListCredentials(core::Credentials& credentials, const v1::ListCredentialsRequest& request,
                             v1::ListCredentialsResponse& response);
absl::Status DeleteCredential(core::Credentials& credentials, const core::Principal& caller,
                              const v1::DeleteCredentialRequest& request);
absl::Status RotateSecret(core::Credentials& credentials, const core::Principal& caller, const v1::RotateSecretRequest& request,
                          v1::IssuedCredential& response);
absl::Status RevokeSecret(core::Credentials& credentials, const core::Principal& caller, const v1::RevokeSecretRequest& request,
                          v1::Credential& response);
absl::Status AddPublicKey(core::Credentials& credentials, const core::Principal& caller, const v1::AddPublicKeyRequest& request,
                          v1::Credential& response);
absl::Status RemovePublicKey(core::Credentials& credentials, const core::Principal& caller,
                             const v1::RemovePublicKeyRequest& request, v1::Credential& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CREDENTIAL_CALLS_H_
