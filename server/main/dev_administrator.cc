#include "server/main/dev_administrator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "keystore/records.h"
#include "server/core/bootstrap.h"
#include "server/core/client_secret.h"
#include "server/core/credential_lookup.h"
#include "server/core/names.h"
#include "server/main/admin_credential.h"

namespace signet::server {
namespace {

// Whether what the file has still gets in.
bool IsOf(const keystore::CredentialRecord& record, const AdminCredential& known, absl::Time now) {
  const auto matches = [&](const keystore::ClientSecret& secret) {
    return core::IsWorking(secret, now) && core::Matches(secret, known.client_secret.Expose());
  };
  return !record.delete_time && record.client_id == known.client_id &&
         std::any_of(record.secrets.begin(), record.secrets.end(), matches);
}

}  // namespace

absl::Status EnsureDevAdministrator(keystore::KeyStore& store, const Clock& clock, Random& random, const std::string& public_url,
                                    const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::CredentialRecord> record,
                          store.GetCredential(keystore::TenantId(std::string(core::kSystemTenant)),
                                              keystore::CredentialId(std::string(core::kAdministrator))));
  absl::StatusOr<AdminCredential> known = ReadAdminCredential(path);
  if (known.ok() && record && IsOf(*record, *known, clock.Now())) {
    known->token_url = absl::StrCat(public_url, "/t/", core::kSystemTenant, "/oauth/token");
    return WriteAdminCredential(path, *known);
  }
  SIGNET_ASSIGN_OR_RETURN(core::Bootstrap made, core::BootstrapAdministrator(store, clock, random, public_url, {.replace = true}));
  return WriteAdminCredential(path, {std::move(made.client_id), std::move(made.client_secret), std::move(made.token_url)});
}

}  // namespace signet::server
