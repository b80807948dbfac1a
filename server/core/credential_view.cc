#include "server/core/credential_view.h"

#include <utility>

#include "server/core/etag.h"
#include "server/core/tenant_urls.h"

namespace signet::core {

CredentialView MakeCredentialView(const Services& services, keystore::CredentialRecord record) {
  const auto snapshot = services.directory.FindTenant(record.tenant);
  // Without a host alias where the tenant was deleted meanwhile.
  keystore::TenantRecord unknown;
  unknown.id = record.tenant;
  std::string token_url = TokenUrlOf(snapshot == nullptr ? unknown : snapshot->tenant, record.kind, services.public_url);
  std::string etag = EtagOf(record);
  return {std::move(record), std::move(token_url), std::move(etag)};
}

}  // namespace signet::core
