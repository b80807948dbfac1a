#include "server/core/credentials.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/key_store.h"
#include "keystore/record_json.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/client_public_keys.h"
#include "server/core/client_secrets.h"
#include "server/core/commit.h"
#include "server/core/credential_change.h"
#include "server/core/credential_creation.h"
#include "server/core/credential_lookup.h"
#include "server/core/etag.h"
#include "server/core/idempotency.h"
#include "server/core/page_token.h"
#include "server/core/resource_lookup.h"

namespace signet::core {

using keystore::CredentialRecord;

CredentialView Credentials::View(CredentialRecord record) const { return MakeCredentialView(services_, std::move(record)); }

absl::StatusOr<CredentialView> Credentials::ViewOf(absl::StatusOr<ChangedCredential> changed) const {
  if (!changed.ok()) return changed.status();
  return View(std::move(changed->record));
}

absl::StatusOr<IssuedCredential> Credentials::Create(const NewCredential& credential, const Principal& caller,
                                                     const ChangeRequest& request) {
  return CreateCredential(services_, credential, caller, request);
}

absl::StatusOr<CredentialView> Credentials::Get(const CredentialName& name) {
  SIGNET_ASSIGN_OR_RETURN(CredentialRecord credential, FindCredential(services_.store, name));
  return View(std::move(credential));
}

absl::StatusOr<ListResult<CredentialView>> Credentials::List(const keystore::TenantId& tenant, const ListRequest& request) {
  const ListScope scope{"ListCredentials", {tenant.value()}};
  SIGNET_ASSIGN_OR_RETURN(keystore::Page page, ToPage(scope, request));
  SIGNET_RETURN_IF_ERROR(FindTenant(services_.store, tenant).status());
  SIGNET_ASSIGN_OR_RETURN(std::vector<CredentialRecord> credentials, services_.store.ListCredentials(tenant, WithLookAhead(page)));
  page.limit = CountThatFit(credentials, page.limit,
                            [](const CredentialRecord& credential) { return keystore::ToEventJson(credential).size(); });
  ListResult<CredentialView> result;
  result.next_page_token =
      EndPage(scope, page, credentials, [](const CredentialRecord& credential) { return credential.id.value(); });
  for (CredentialRecord& credential : credentials) result.items.push_back(View(std::move(credential)));
  return result;
}

absl::Status Credentials::DeleteOnce(const CredentialName& name, const ChangeRequest& request) {
  const std::string& scope = name.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request));
  if (first.has_value()) return Publish(services_);

  SIGNET_ASSIGN_OR_RETURN(const CredentialRecord credential, FindCredential(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(credential)));
  if (request.mode == Mode::kValidateOnly) return absl::OkStatus();

  const absl::Time now = services_.Now();
  CredentialRecord deleted = credential;
  deleted.update_time = now;
  deleted.delete_time = now;
  // The row stays, and recognises nobody.
  deleted.secrets.clear();
  keystore::Change change;
  change.puts = {deleted};
  change.events = {MakeEvent(now, ActorOf(request), "DeleteCredential", &credential, deleted)};
  RememberResult(scope, request, kEmptyResult, now, change);
  return CommitAndPublish(services_, change);
}

absl::Status Credentials::Delete(const CredentialName& name, const ChangeRequest& request) {
  return RetryConcurrentChange([&] { return DeleteOnce(name, request); });
}

absl::StatusOr<IssuedCredential> Credentials::RotateSecret(const CredentialName& name, const NewSecret& secret,
                                                           const Principal& caller, const ChangeRequest& request) {
  return RotateClientSecret(services_, name, secret, caller, request);
}

absl::StatusOr<CredentialView> Credentials::RevokeSecret(const CredentialName& name, const std::string& secret_id,
                                                         const ChangeRequest& request) {
  return ViewOf(RevokeClientSecret(services_, name, secret_id, request));
}

absl::StatusOr<CredentialView> Credentials::AddPublicKey(const CredentialName& name, const NewPublicKey& key,
                                                         const Principal& caller, const ChangeRequest& request) {
  return ViewOf(AddClientPublicKey(services_, name, key, caller, request));
}

absl::StatusOr<CredentialView> Credentials::RemovePublicKey(const CredentialName& name, const std::string& key_id,
                                                            const ChangeRequest& request) {
  return ViewOf(RemoveClientPublicKey(services_, name, key_id, request));
}

}  // namespace signet::core
