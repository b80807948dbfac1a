#ifndef SIGNET_SERVER_RPC_TOKEN_CALLS_H_
#define SIGNET_SERVER_RPC_TOKEN_CALLS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hsm/hsm.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/tokens.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.KeyService that use keys: each reads a request, does it and fills the response. Sign and SignToken block
// on the HSM, the others on nothing. The errors are those that the proto documents; beside those of core::Tokens
//   kInvalidArgument  MISSING_FIELD, INVALID_FIELD, INVALID_NAME: a field of the request
absl::Status Sign(const core::Tokens& tokens, const core::Principal& caller, hsm::Signer& signer, const v1::SignRequest& request,
                  v1::SignResponse& response);
absl::Status SignToken(const core::Tokens& tokens, const core::Principal& caller, hsm::Signer& signer,
                       const v1::SignTokenRequest& request, v1::SignTokenResponse& response);
absl::Status VerifyToken(const core::Tokens& tokens, const v1::VerifyTokenRequest& request, v1::VerifyTokenResponse& response);
//   kNotFound  TENANT_NOT_FOUND
absl::Status GetJwks(const core::KeyDirectory& directory, absl::Time now, const v1::GetJwksRequest& request, v1::Jwks& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_TOKEN_CALLS_H_
