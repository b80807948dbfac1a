#include "server/core/bootstrap.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/client_id.h"
#include "server/core/client_secret.h"
#include "server/core/commit.h"
#include "server/core/names.h"
#include "server/core/resource_lookup.h"
#include "server/core/scope.h"
#include "server/core/system_records.h"
#include "server/core/tenant_urls.h"

namespace signet::core {
namespace {

using keystore::CredentialRecord;

// Who acts in the audit trail: nobody has authenticated yet.
constexpr absl::string_view kActor = "bootstrap";

CredentialRecord NewAdministrator(Random& random, absl::Time now) {
  CredentialRecord credential;
  credential.tenant = keystore::TenantId(std::string(kSystemTenant));
  credential.id = keystore::CredentialId(std::string(kAdministrator));
  credential.client_id = NewClientId(random);
  credential.kind = keystore::CredentialKind::kClientSecret;
  credential.scopes = ToWords(ScopeSet::All());
  credential.create_time = now;
  credential.update_time = now;
  return credential;
}

absl::Status Exists(const CredentialRecord& credential) {
  const std::string name = FormatCredentialName({credential.tenant, credential.id});
  return Error(absl::StatusCode::kAlreadyExists, reason::kCredentialExists,
               absl::StrCat(name, " exists; use it, or have it replaced, which ends its secrets and tokens at once"),
               {{"credential", name}});
}

absl::Status Put(keystore::KeyStore& store, const BootstrapOptions& options, CredentialRecord credential) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantRecord tenant, FindTenant(store, credential.tenant));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<CredentialRecord> former, store.GetCredential(credential.tenant, credential.id));
  const bool exists = former.has_value() && !former->delete_time;
  if (exists && !options.replace) return Exists(credential);
  credential.revision = former.has_value() ? former->revision : 0;
  keystore::Change change;
  change.puts = {tenant, credential};
  change.events = {MakeEvent(credential.create_time, {std::string(kActor), ""}, "BootstrapAdministrator",
                             exists ? &*former : nullptr, credential)};
  return store.Commit(change).status();
}

}  // namespace

absl::StatusOr<Bootstrap> BootstrapAdministrator(keystore::KeyStore& store, const Clock& clock, Random& random,
                                                 absl::string_view public_url, const BootstrapOptions& options) {
  // As Services::Now.
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock.Now()));
  SIGNET_RETURN_IF_ERROR(EnsureSystemRecords(store, now));
  MadeClientSecret made = MakeClientSecret(random);
  made.record.create_time = now;
  CredentialRecord credential = NewAdministrator(random, now);
  credential.secrets = {made.record};
  SIGNET_RETURN_IF_ERROR(RetryConcurrentChange([&] { return Put(store, options, credential); }));
  keystore::TenantRecord tenant;  // The system tenant never has a host alias.
  tenant.id = credential.tenant;
  return Bootstrap{credential.client_id, std::move(made.text), TokenUrlOf(tenant, credential.kind, public_url)};
}

}  // namespace signet::core
