#ifndef SIGNET_SERVER_CORE_ISSUED_TOKENS_H_
#define SIGNET_SERVER_CORE_ISSUED_TOKENS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/access_token.h"
#include "server/core/credential_directory.h"
#include "server/core/key_directory.h"
#include "server/core/services.h"

namespace signet::core {

// Finds what `token` says, if it is a token that the endpoint of `tenant` issued and that still counts at `now`: the tenant's own
// key or, for Signet's API, the system's has signed it, it has neither expired nor was it revoked, and its client is a live
// credential of the tenant. nullopt for everything else.
std::optional<AccessTokenClaims> FindIssuedToken(const KeyDirectory& directory, const CredentialDirectory& credentials,
                                                 const keystore::TenantId& tenant, absl::string_view token, absl::Time now);

// Voids a token for the rest of its life, with the event `RevokeToken` of its client. One that is void already stays so.
//   as CommitAndPublish
absl::Status RevokeIssuedToken(const Services& services, const keystore::CredentialRecord& client, const AccessTokenClaims& token);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ISSUED_TOKENS_H_
