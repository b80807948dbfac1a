#ifndef SIGNET_SERVER_CORE_CREDENTIAL_FIELDS_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_FIELDS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/new_credential.h"

namespace signet::core {

// Check what a caller says of a credential against what signet.v1.Credential documents. What is too long or too much to be kept
// is refused too.
//   kInvalidArgument  INVALID_FIELD, MISSING_FIELD, INVALID_NAME, with the metadata `field`

// Checks the fields of a new credential, and that it says how it authenticates exactly as its kind asks for. `own_audience` is that
// of Signet's API, for which nobody gives grants. What is in a key, a certificate and a JWK is for those who read them.
absl::Status CheckCredentialFields(const NewCredential& credential, absl::string_view own_audience, absl::Time now);

// Whether the reply to the creation has something that is shown once: a secret, or a private key.
bool ShowsSomethingOnce(const NewCredential& credential);

// Checks a signing profile; `field` is its path.
absl::Status CheckSigningProfile(absl::string_view field, const keystore::SigningProfile& profile);

// Checks that a time is ahead, where there is one.
absl::Status CheckExpireTime(absl::string_view field, const std::optional<absl::Time>& expire_time, absl::Time now);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_FIELDS_H_
