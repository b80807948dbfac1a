#ifndef SIGNET_SERVER_CORE_ETAG_H_
#define SIGNET_SERVER_CORE_ETAG_H_

#include <string>

#include "absl/status/status.h"
#include "keystore/records.h"
#include "server/core/change_request.h"

namespace signet::core {

// Returns the etag (AIP-154) of a record: a digest of its content. Putting a record again unchanged, as commits do with a key's
// ring, changes no etag; neither does a rotation that of its ring, nor what callers cannot see, such as that a private key's
// destruction was confirmed, nor that a credential was used.
std::string EtagOf(const keystore::TenantRecord& record);
std::string EtagOf(const keystore::RingRecord& record);
std::string EtagOf(const keystore::KeyRecord& record);
std::string EtagOf(const keystore::CredentialRecord& record);

// Checks that the caller's etag, if there is one, is the `present` one.
//   kAborted  ETAG_MISMATCH
absl::Status CheckEtag(const ChangeRequest& request, const std::string& present);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ETAG_H_
