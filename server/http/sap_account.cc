#include "server/http/sap_account.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/ids.h"

namespace signet::http {
namespace {

using keystore::TenantId;
using keystore::TenantKind;

bool IsOfKind(const SapAccount& account, TenantKind kind) { return account != nullptr && account->tenant.kind == kind; }

absl::Status NoSuchAccount() {
  return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, "there is no such account, or it is out of reach");
}

}  // namespace

SapAccount FindGlobalAccount(const core::KeyDirectory& directory, absl::string_view public_url, absl::string_view subdomain) {
  SapAccount account = directory.FindTenant(TenantId(std::string(subdomain)));
  if (IsOfKind(account, TenantKind::kGlobalAccount)) return account;
  account = directory.FindTenantByHost(absl::StrCat(subdomain, ".", core::HostOf(public_url)));
  return IsOfKind(account, TenantKind::kGlobalAccount) ? account : nullptr;
}

absl::StatusOr<SapAccount> FindSapAccount(const core::KeyDirectory& directory, absl::string_view public_url,
                                          const SapParameters& parameters, absl::string_view session_subdomain,
                                          const core::Principal& caller) {
  const absl::string_view subaccount = parameters.Find("subaccount");
  const absl::string_view folder = parameters.Find("directory");
  absl::string_view global_account = parameters.Find("globalAccount");
  const int named = (subaccount.empty() ? 0 : 1) + (folder.empty() ? 0 : 1) + (global_account.empty() ? 0 : 1);
  if (named > 1) return InvalidField("paramValues", "name one of subaccount, directory and globalAccount");
  if (named == 0) global_account = session_subdomain;
  SapAccount account;
  if (!subaccount.empty() || !folder.empty()) {
    account = directory.FindTenant(TenantId(std::string(subaccount.empty() ? folder : subaccount)));
    if (!IsOfKind(account, subaccount.empty() ? TenantKind::kDirectory : TenantKind::kSubaccount)) return NoSuchAccount();
  } else if (!global_account.empty()) {
    account = FindGlobalAccount(directory, public_url, global_account);
  } else {
    return InvalidField("paramValues", "name a subaccount, a directory or a globalAccount");
  }
  if (account == nullptr || !core::Reaches(directory, caller, account->tenant.id)) return NoSuchAccount();
  return account;
}

SapUrls SapUrlsOf(const keystore::TenantRecord& tenant, absl::string_view public_url) {
  SapUrls urls = {core::TenantUrlsOf(tenant, public_url), "", tenant.id.value()};
  urls.uaa_domain = std::string(absl::StripPrefix(urls.url, "https://"));
  if (!tenant.host_aliases.empty()) {
    const std::string& host = tenant.host_aliases.front();
    urls.identity_zone = host.substr(0, host.find('.'));
  }
  return urls;
}

}  // namespace signet::http
