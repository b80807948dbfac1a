#ifndef SIGNET_SERVER_RPC_CERTIFICATE_CALLS_H_
#define SIGNET_SERVER_RPC_CERTIFICATE_CALLS_H_

#include "absl/status/status.h"
#include "server/core/certificates.h"
#include "server/core/principal.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.KeyService on certificates: each reads a request, has `certificates` do it and fills the response. All
// block on the store, GenerateCsr on the HSM too. The errors are those that the proto documents; beside those of core::Certificates
//   kInvalidArgument  MISSING_FIELD, INVALID_NAME, INVALID_FIELD: a field of the request
absl::Status GetCertificate(core::Certificates& certificates, const v1::GetCertificateRequest& request, v1::Certificate& response);
absl::Status SetCertificateChain(core::Certificates& certificates, const core::Principal& caller,
                                 const v1::SetCertificateChainRequest& request, v1::SigningKey& response);
absl::Status GenerateCsr(core::Certificates& certificates, const v1::GenerateCsrRequest& request,
                         v1::CertificateSigningRequest& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CERTIFICATE_CALLS_H_
