#include "server/core/tenant_urls.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "server/core/tenant_fields.h"

namespace signet::core {
namespace {

constexpr absl::string_view kTokenLabel = ".authentication.";

// What stands between the scheme and the path.
absl::string_view AuthorityOf(absl::string_view public_url) {
  absl::ConsumePrefix(&public_url, "https://");
  return public_url.substr(0, public_url.find('/'));
}

// With its colon; empty without a port.
absl::string_view PortOf(absl::string_view public_url) {
  const absl::string_view authority = AuthorityOf(public_url);
  const size_t colon = authority.rfind(':');
  // An IPv6 address without a port ends in a bracket.
  if (colon == absl::string_view::npos || authority.find(']', colon) != absl::string_view::npos) return "";
  return authority.substr(colon);
}

}  // namespace

TenantUrls TenantUrlsOf(const keystore::TenantRecord& tenant, absl::string_view public_url) {
  if (tenant.host_aliases.empty()) {
    const std::string url = absl::StrCat(public_url, "/t/", tenant.id.value());
    return {.url = url, .cert_url = url};
  }
  const std::string url = absl::StrCat("https://", tenant.host_aliases.front(), PortOf(public_url));
  return {.url = url, .cert_url = absl::StrReplaceAll(url, {{kTokenLabel, kCertificateHostLabel}})};
}

std::string TokenUrlOf(const keystore::TenantRecord& tenant, keystore::CredentialKind kind, absl::string_view public_url) {
  const TenantUrls urls = TenantUrlsOf(tenant, public_url);
  return absl::StrCat(kind == keystore::CredentialKind::kCertificate ? urls.cert_url : urls.url, "/oauth/token");
}

std::string WithoutCertificateLabel(absl::string_view host) {
  return absl::StrReplaceAll(host, {{kCertificateHostLabel, kTokenLabel}});
}

absl::string_view HostOf(absl::string_view public_url) {
  const absl::string_view authority = AuthorityOf(public_url);
  return authority.substr(0, authority.size() - PortOf(public_url).size());
}

}  // namespace signet::core
