#ifndef SIGNET_SERVER_CORE_TENANT_URLS_H_
#define SIGNET_SERVER_CORE_TENANT_URLS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "keystore/records.h"

namespace signet::core {

// TenantUrls are the addresses of a tenant as its credentials show them, without a trailing slash.
struct TenantUrls {
  // "https://HOST", where HOST is the first host alias, with the port of the server's public URL; without an alias, the public URL
  // and "/t/{tenant}".
  std::string url;
  // The same with ".authentication.cert." for ".authentication." in HOST, as SAP BTP has it: for clients with a certificate.
  std::string cert_url;
};
// `public_url` is as in Services.
TenantUrls TenantUrlsOf(const keystore::TenantRecord& tenant, absl::string_view public_url);

// Where a client of `kind` gets its tokens: "/oauth/token" below the tenant's address for it.
std::string TokenUrlOf(const keystore::TenantRecord& tenant, keystore::CredentialKind kind, absl::string_view public_url);

// The host that a host for clients with a certificate stands for: ".authentication.cert." in it becomes ".authentication.". Other
// hosts are returned as they are.
std::string WithoutCertificateLabel(absl::string_view host);

// The host of `public_url`, without its port.
absl::string_view HostOf(absl::string_view public_url);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANT_URLS_H_
