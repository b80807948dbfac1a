#ifndef SIGNET_SERVER_CORE_MANAGEMENT_AUDIENCE_H_
#define SIGNET_SERVER_CORE_MANAGEMENT_AUDIENCE_H_

#include "absl/strings/string_view.h"
#include "keystore/records.h"

namespace signet::core {

// Whether `audience` names the management API of `tenant` as clients of Auth0 do, which build it from the domain that they were
// given: "https://{domain}/api/v2/", the last slash optional. The domain is a host alias of the tenant, with any port, or
// `public_url` without its scheme, followed by "/t/{tenant}". It stands for Signet's own API.
bool IsManagementAudience(const keystore::TenantRecord& tenant, absl::string_view public_url, absl::string_view audience);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_MANAGEMENT_AUDIENCE_H_
