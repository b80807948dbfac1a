#ifndef SIGNET_SERVER_CORE_CREDENTIAL_VIEW_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_VIEW_H_

#include <string>

#include "base/secret.h"
#include "keystore/records.h"
#include "server/core/services.h"

namespace signet::core {

struct CredentialView {
  keystore::CredentialRecord record;
  // Where its tokens come from, as TokenUrlOf says.
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

// Adds what the directory says of the credential's tenant.
CredentialView MakeCredentialView(const Services& services, keystore::CredentialRecord record);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_VIEW_H_
