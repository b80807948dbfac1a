#ifndef SIGNET_SERVER_CORE_CREDENTIAL_GRANTS_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_GRANTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/records.h"
#include "server/core/principal.h"

namespace signet::core {

// Nobody gives more than they have, nor gets hold of what may do more. That the caller reaches the credential's tenant, and so all
// that the credential reaches, was checked before.

// Returns what a new credential's scopes are to be, sorted: `wanted`, or if that is absent the caller's own; where it is to be read
// only, the read scopes of the caller's own.
//   kInvalidArgument  INVALID_FIELD, `credential.scopes`: a name that is none, or with `read_only` one that is no read scope
absl::StatusOr<std::vector<std::string>> ScopesToGive(const std::optional<std::vector<std::string>>& wanted, bool read_only,
                                                      const Principal& caller);

// Checks that `caller` may make `credential`, or get hold of it by a new secret, key or certificate. It needs all of its scopes. A
// caller whose signing profile limits it gives no scope to sign, unless under the very same profile, and no grants: their tokens
// would escape its profile.
//   kPermissionDenied  GRANT_EXCEEDED, with the metadata `scope`: what it lacks
absl::Status CheckGrant(const keystore::CredentialRecord& credential, const Principal& caller);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_GRANTS_H_
