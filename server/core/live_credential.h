#ifndef SIGNET_SERVER_CORE_LIVE_CREDENTIAL_H_
#define SIGNET_SERVER_CORE_LIVE_CREDENTIAL_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/scope.h"

namespace signet::core {

// What a credential may do in Signet's API now. Names that this release does not know give nothing.
ScopeSet ScopesOf(const keystore::CredentialRecord& credential);

// The scopes of Signet's API among the words of an OAuth `scope`. Others give nothing.
ScopeSet KnownScopes(absl::string_view scope);

// Whether a credential can authenticate at `now`: it is neither deleted nor past its end.
bool IsLive(const keystore::CredentialRecord& credential, absl::Time now);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_LIVE_CREDENTIAL_H_
