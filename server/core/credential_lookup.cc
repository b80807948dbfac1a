#include "server/core/credential_lookup.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/record_json.h"
#include "server/core/resource_lookup.h"

namespace signet::core {

using keystore::CredentialRecord;

absl::StatusOr<CredentialRecord> FindCredential(keystore::KeyStore& store, const CredentialName& name) {
  SIGNET_RETURN_IF_ERROR(FindTenant(store, name.tenant).status());
  SIGNET_ASSIGN_OR_RETURN(std::optional<CredentialRecord> credential, store.GetCredential(name.tenant, name.credential));
  if (credential.has_value() && !credential->delete_time.has_value()) return *std::move(credential);
  const std::string text = FormatCredentialName(name);
  return Error(absl::StatusCode::kNotFound, reason::kCredentialNotFound, absl::StrCat("there is no ", text),
               {{"credential", text}});
}

absl::StatusOr<CredentialRecord> RememberedCredential(keystore::KeyStore& store, const std::string& json) {
  SIGNET_ASSIGN_OR_RETURN(CredentialRecord credential, keystore::CredentialFromJson(json));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<CredentialRecord> stored, store.GetCredential(credential.tenant, credential.id));
  // Another one may have taken the name since.
  if (stored.has_value() && stored->client_id == credential.client_id) credential.last_used_time = stored->last_used_time;
  return credential;
}

}  // namespace signet::core
