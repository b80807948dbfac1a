#ifndef SIGNET_SERVER_RPC_EXTERNAL_SIGNER_CALLS_H_
#define SIGNET_SERVER_RPC_EXTERNAL_SIGNER_CALLS_H_

#include "absl/status/status.h"
#include "externaljwt/apis/v1/api.pb.h"
#include "hsm/hsm.h"
#include "server/core/service_account_signer.h"

namespace signet::rpc {

// The methods of v1.ExternalJWTSigner: each reads a request, does it and fills the response, with the errors of
// core::ServiceAccountSigner. Sign blocks on the HSM, the others on nothing.
absl::Status Sign(const core::ServiceAccountSigner& accounts, hsm::Signer& signer, const ::v1::SignJWTRequest& request,
                  ::v1::SignJWTResponse& response);
absl::Status FetchKeys(const core::ServiceAccountSigner& accounts, ::v1::FetchKeysResponse& response);
absl::Status Metadata(const core::ServiceAccountSigner& accounts, ::v1::MetadataResponse& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_EXTERNAL_SIGNER_CALLS_H_
