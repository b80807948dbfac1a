#ifndef SIGNET_SERVER_CORE_TENANT_FIELDS_H_
#define SIGNET_SERVER_CORE_TENANT_FIELDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::core {

// Check what a caller sets of a tenant against what signet.v1.Tenant documents.
//   kInvalidArgument  INVALID_FIELD, with the field, such as `tenant.issuer`

// At most 255 bytes, no control characters.
absl::Status CheckDisplayName(const std::string& display_name);
// Empty, or an https URL without query, fragment and user, at most 512 bytes. It may end with one slash, as Auth0's issuers do.
absl::Status CheckIssuer(const std::string& issuer);
// What is in a host name at which clients come with a certificate; without `cert.` it is the tenant's alias. No alias has it:
// another tenant's would take these clients away.
inline constexpr absl::string_view kCertificateHostLabel = ".authentication.cert.";
// At most 16 different DNS names in lower case, without port and without kCertificateHostLabel.
absl::Status CheckHostAliases(const std::vector<std::string>& host_aliases);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANT_FIELDS_H_
