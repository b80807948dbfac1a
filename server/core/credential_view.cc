#include "server/core/credential_view.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/etag.h"

namespace signet::core {

std::string TokenUrlOf(absl::string_view public_url, const keystore::TenantId& tenant) {
  return absl::StrCat(public_url, "/t/", tenant.value(), "/oauth/token");
}

CredentialView MakeCredentialView(absl::string_view public_url, keystore::CredentialRecord record) {
  std::string token_url = TokenUrlOf(public_url, record.tenant);
  std::string etag = EtagOf(record);
  return {std::move(record), std::move(token_url), std::move(etag)};
}

}  // namespace signet::core
