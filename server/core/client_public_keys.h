#ifndef SIGNET_SERVER_CORE_CLIENT_PUBLIC_KEYS_H_
#define SIGNET_SERVER_CORE_CLIENT_PUBLIC_KEYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/credential_change.h"
#include "server/core/names.h"
#include "server/core/new_credential.h"
#include "server/core/principal.h"
#include "server/core/services.h"

namespace signet::core {

// Reads a key that a client hands in, as signet.v1.ClientPublicKey documents it.
//   kInvalidArgument  INVALID_FIELD, `public_key`; `public_key.id` or `public_key.algorithm`, also if a JWK has another one;
//                     `public_key.expire_time`, which must be after `now`; MISSING_FIELD, `public_key.public_key`
absl::StatusOr<keystore::ClientPublicKey> ReadClientPublicKey(const NewPublicKey& key, absl::Time now);

// Adds a key to a credential of kind PUBLIC_KEY; keys that have ended make room. As Credentials::AddPublicKey.
absl::StatusOr<ChangedCredential> AddClientPublicKey(const Services& services, const CredentialName& name, const NewPublicKey& key,
                                                     const Principal& caller, const ChangeRequest& request);

// Removes one. As Credentials::RemovePublicKey.
absl::StatusOr<ChangedCredential> RemoveClientPublicKey(const Services& services, const CredentialName& name,
                                                        const std::string& key_id, const ChangeRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_PUBLIC_KEYS_H_
