#ifndef SIGNET_SERVER_CORE_CANONICAL_SCOPE_H_
#define SIGNET_SERVER_CORE_CANONICAL_SCOPE_H_

#include "absl/strings/string_view.h"

namespace signet::core {

// Returns Signet's name of a scope for which Auth0's Management API has another one, and any other word as it is. Signet's right
// goes further: Auth0 tells clients' secrets and their keys apart, and making, changing and deleting these.
//   read:client_keys, read:client_credentials                        read:credentials
//   update:client_keys, {create,update,delete}:client_credentials    update:credentials
absl::string_view CanonicalScope(absl::string_view word);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CANONICAL_SCOPE_H_
