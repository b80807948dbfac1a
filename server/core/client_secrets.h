#ifndef SIGNET_SERVER_CORE_CLIENT_SECRETS_H_
#define SIGNET_SERVER_CORE_CLIENT_SECRETS_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/core/change_request.h"
#include "server/core/credential_change.h"
#include "server/core/credential_view.h"
#include "server/core/names.h"
#include "server/core/new_credential.h"
#include "server/core/principal.h"
#include "server/core/services.h"

namespace signet::core {

// Makes a new secret and ends the others, now or after the overlap; those that have ended go. As Credentials::RotateSecret.
absl::StatusOr<IssuedCredential> RotateClientSecret(const Services& services, const CredentialName& name, const NewSecret& secret,
                                                    const Principal& caller, const ChangeRequest& request);

// Ends one at once. As Credentials::RevokeSecret.
absl::StatusOr<ChangedCredential> RevokeClientSecret(const Services& services, const CredentialName& name,
                                                     const std::string& secret_id, const ChangeRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_SECRETS_H_
