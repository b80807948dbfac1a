#ifndef SIGNET_SERVER_HTTP_SAP_ACCOUNT_H_
#define SIGNET_SERVER_HTTP_SAP_ACCOUNT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/records.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/tenant_urls.h"
#include "server/http/sap_body.h"

namespace signet::http {

// How the accounts of SAP BTP and the tenants of Signet go together: an account's GUID is the tenant's id.

using SapAccount = std::shared_ptr<const core::TenantSnapshot>;  // Shared with the directory.

// Finds the global account with that subdomain, which is the id of the tenant, or the first label of a host alias of it that lies
// below the host of `public_url`. nullptr if there is none.
SapAccount FindGlobalAccount(const core::KeyDirectory& directory, absl::string_view public_url, absl::string_view subdomain);

// Finds the account that a command is about, which must be within reach of `caller`: the parameter `subaccount`, `directory` or
// `globalAccount`; without any, the global account `session_subdomain`.
//   kInvalidArgument  several are named, or none
//   kNotFound         there is no such account of that kind, or it is out of reach
absl::StatusOr<SapAccount> FindSapAccount(const core::KeyDirectory& directory, absl::string_view public_url,
                                          const SapParameters& parameters, absl::string_view session_subdomain,
                                          const core::Principal& caller);

// SapUrls are the addresses of a tenant as credentials of SAP BTP show them.
struct SapUrls : core::TenantUrls {
  // `url` without "https://": "/token_keys" is below it.
  std::string uaa_domain;
  // The first label of the host alias in `url`, or the tenant's id.
  std::string identity_zone;
};
SapUrls SapUrlsOf(const keystore::TenantRecord& tenant, absl::string_view public_url);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_ACCOUNT_H_
