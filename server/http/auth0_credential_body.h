#ifndef SIGNET_SERVER_HTTP_AUTH0_CREDENTIAL_BODY_H_
#define SIGNET_SERVER_HTTP_AUTH0_CREDENTIAL_BODY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/core/new_credential.h"

namespace signet::http {

// Reads the body of POST /api/v2/clients/{id}/credentials:
//   credential_type         "public_key"; required
//   pem                     a PUBLIC KEY, or a CERTIFICATE, of which only the key counts; required
//   alg                     the JOSE algorithm of the assertions; by default the first that fits the key
//   kid                     by default the RFC 7638 thumbprint
//   expires_at              RFC 3339; or with `parse_expiry_from_cert` the end of the certificate
//   name                    text, which is not kept
// A null is as good as absent. Other members are refused.
//   kInvalidArgument  the message is for the client
absl::StatusOr<core::NewPublicKey> ReadAuth0Credential(absl::string_view body);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_CREDENTIAL_BODY_H_
