#ifndef SIGNET_SERVER_CORE_CREDENTIALS_H_
#define SIGNET_SERVER_CORE_CREDENTIALS_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/credential_change.h"
#include "server/core/credential_view.h"
#include "server/core/names.h"
#include "server/core/new_credential.h"
#include "server/core/principal.h"
#include "server/core/services.h"

namespace signet::core {

// Credentials makes and keeps API credentials. Thread-safe; every method blocks on the store, and the issuing of certificates on
// the HSM. The errors are those that signet.v1.CredentialService documents for each RPC, and those of KeyStore. Whether `caller`
// may call at all, and reaches the tenant, was checked before (access.h); that it gives no more than it has is checked here.
class Credentials {
 public:
  explicit Credentials(Services services) : services_(std::move(services)) {}

  absl::StatusOr<IssuedCredential> Create(const NewCredential& credential, const Principal& caller, const ChangeRequest& request);
  absl::StatusOr<CredentialView> Get(const CredentialName& name);
  absl::StatusOr<ListResult<CredentialView>> List(const keystore::TenantId& tenant, const ListRequest& request);
  absl::Status Delete(const CredentialName& name, const ChangeRequest& request);

  absl::StatusOr<IssuedCredential> RotateSecret(const CredentialName& name, const NewSecret& secret, const Principal& caller,
                                                const ChangeRequest& request);
  absl::StatusOr<CredentialView> RevokeSecret(const CredentialName& name, const std::string& secret_id,
                                              const ChangeRequest& request);
  absl::StatusOr<CredentialView> AddPublicKey(const CredentialName& name, const NewPublicKey& key, const Principal& caller,
                                              const ChangeRequest& request);
  absl::StatusOr<CredentialView> RemovePublicKey(const CredentialName& name, const std::string& key_id,
                                                 const ChangeRequest& request);

 private:
  absl::Status DeleteOnce(const CredentialName& name, const ChangeRequest& request);
  CredentialView View(keystore::CredentialRecord record) const;
  absl::StatusOr<CredentialView> ViewOf(absl::StatusOr<ChangedCredential> changed) const;

  Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CREDENTIALS_H_
