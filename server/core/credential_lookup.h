#ifndef SIGNET_SERVER_CORE_CREDENTIAL_LOOKUP_H_
#define SIGNET_SERVER_CORE_CREDENTIAL_LOOKUP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/names.h"

namespace signet::core {

// Finds a credential; the tenant is looked for first. One that never was, one that is deleted and one of another tenant make no
// difference.
//   kNotFound  TENANT_NOT_FOUND, CREDENTIAL_NOT_FOUND, with the name as metadata `tenant`, `credential`
absl::StatusOr<keystore::CredentialRecord> FindCredential(keystore::KeyStore& store, const CredentialName& name);

// Reads the credential that a request remembered as its result, with when it was last used until now. Its secrets have neither salt
// nor hash: it is for showing.
absl::StatusOr<keystore::CredentialRecord> RememberedCredential(keystore::KeyStore& store, const std::string& json);

// Whether a secret or public key still works at `now`, as far as it is up to itself.
template <typename T>
bool IsWorking(const T& secret_or_key, absl::Time now) {
  return !secret_or_key.expire_time || *secret_or_key.expire_time > now;
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIAL_LOOKUP_H_
