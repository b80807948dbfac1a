#include "server/http/sap_account.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/ids.h"
#include "server/core/tenant_fields.h"

namespace signet::http {
namespace {

using keystore::TenantId;
using keystore::TenantKind;

constexpr absl::string_view kTokenLabel = ".authentication.";

// What stands between the scheme and the path.
absl::string_view AuthorityOf(absl::string_view public_url) {
  absl::ConsumePrefix(&public_url, "https://");
  return public_url.substr(0, public_url.find('/'));
}

absl::string_view HostOf(absl::string_view public_url) {
  const absl::string_view authority = AuthorityOf(public_url);
  return authority.substr(0, authority.rfind(':'));
}

// With its colon; empty without a port.
absl::string_view PortOf(absl::string_view public_url) {
  const absl::string_view authority = AuthorityOf(public_url);
  const size_t colon = authority.rfind(':');
  // An IPv6 address without a port ends in a bracket.
  if (colon == absl::string_view::npos || authority.find(']', colon) != absl::string_view::npos) return "";
  return authority.substr(colon);
}

bool IsOfKind(const SapAccount& account, TenantKind kind) { return account != nullptr && account->tenant.kind == kind; }

absl::Status NoSuchAccount() {
  return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, "there is no such account, or it is out of reach");
}

}  // namespace

SapAccount FindGlobalAccount(const core::KeyDirectory& directory, absl::string_view public_url, absl::string_view subdomain) {
  SapAccount account = directory.FindTenant(TenantId(std::string(subdomain)));
  if (IsOfKind(account, TenantKind::kGlobalAccount)) return account;
  account = directory.FindTenantByHost(absl::StrCat(subdomain, ".", HostOf(public_url)));
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
  SapUrls urls;
  if (tenant.host_aliases.empty()) {
    urls.url = absl::StrCat(public_url, "/t/", tenant.id.value());
    urls.cert_url = urls.url;
    urls.identity_zone = tenant.id.value();
  } else {
    const std::string& host = tenant.host_aliases.front();
    urls.url = absl::StrCat("https://", host, PortOf(public_url));
    urls.cert_url = absl::StrReplaceAll(urls.url, {{kTokenLabel, core::kCertificateHostLabel}});
    urls.identity_zone = host.substr(0, host.find('.'));
  }
  urls.uaa_domain = std::string(absl::StripPrefix(urls.url, "https://"));
  return urls;
}

std::string WithoutCertificateLabel(absl::string_view host) {
  return absl::StrReplaceAll(host, {{core::kCertificateHostLabel, kTokenLabel}});
}

}  // namespace signet::http
