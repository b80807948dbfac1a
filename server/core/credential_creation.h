#ifndef SIGNET_SERVER_CORE_CREDENTIAL_CREATION_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_CREATION_H_

#include "absl/status/statusor.h"
#include "server/core/change_request.h"
#include "server/core/credential_view.h"
#include "server/core/new_credential.h"
#include "server/core/principal.h"
#include "server/core/services.h"

namespace signet::core {

// Creates a credential in one commit, and publishes it. What is shown once is made before that: a secret, a private key, a
// certificate by Signet's CA. A crash before the commit leaves nothing but, perhaps, such a certificate: it is bound to no
// credential, so that it authenticates nobody, and nobody has seen it. A crash behind it leaves a credential whose secret nobody
// knows: a repetition with the same request_id shows it without, and says so.
//
// A new credential that takes the name of a deleted one has another client_id. As Credentials::Create.
absl::StatusOr<IssuedCredential> CreateCredential(const Services& services, const NewCredential& credential,
                                                  const Principal& caller, const ChangeRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_CREATION_H_
