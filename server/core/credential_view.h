#ifndef SIGNET_SERVER_CORE_CREDENTIAL_VIEW_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_VIEW_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "keystore/ids.h"
#include "keystore/records.h"

namespace signet::core {

struct CredentialView {
  keystore::CredentialRecord record;
  // Where its tokens come from: "{public_url}/t/{tenant}/oauth/token".
  std::string token_url;
  std::string etag;
};

// IssuedCredential is a credential with what of it is shown once.
struct IssuedCredential {
  CredentialView credential;
  // At most one of the two; empty if nothing was made, if it was sealed or withheld.
  Secret client_secret;
  Secret private_key_pem;
  // A compact JWE.
  std::string sealed_secret;
  // A repetition: what was shown once is not shown again.
  bool secret_withheld = false;
};

// The token endpoint of a tenant below `public_url`, which is as in Services.
std::string TokenUrlOf(absl::string_view public_url, const keystore::TenantId& tenant);

CredentialView MakeCredentialView(absl::string_view public_url, keystore::CredentialRecord record);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_VIEW_H_
