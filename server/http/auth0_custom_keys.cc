#include "server/http/auth0_custom_keys.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "keystore/records.h"
#include "server/http/auth0_custom_keys_body.h"
#include "server/http/auth0_error.h"
#include "server/http/change_by.h"

namespace signet::http {
namespace {

using core::TenantView;
using Json = nlohmann::ordered_json;

Json ToJson(const std::vector<keystore::CustomSigningKey>& keys) {
  Json array = Json::array();
  for (const keystore::CustomSigningKey& key : keys) array.push_back(Json::parse(key.jwk, nullptr, /*allow_exceptions=*/false));
  return {{"keys", std::move(array)}};
}

absl::StatusOr<TenantView> Set(core::Tenants& tenants, const keystore::TenantId& tenant,
                               std::vector<keystore::CustomSigningKey> keys, const core::Principal& caller) {
  core::TenantUpdate update;
  update.custom_signing_keys = std::move(keys);
  return tenants.Update(tenant, update, ChangeBy(caller));
}

}  // namespace

Response GetAuth0CustomKeys(core::Tenants& tenants, const keystore::TenantId& tenant, absl::Time now) {
  const absl::StatusOr<TenantView> view = tenants.Get(tenant);
  if (!view.ok()) return Auth0ErrorOf(view.status(), now);
  const std::vector<keystore::CustomSigningKey>& keys = view->record.custom_signing_keys;
  if (keys.empty()) return Auth0Error(404, "Custom signing keys not found.", "inexistent_resource");
  return Auth0Json(200, ToJson(keys));
}

Response SetAuth0CustomKeys(core::Tenants& tenants, const keystore::TenantId& tenant, absl::string_view body,
                            const core::Principal& caller, absl::Time now) {
  if (caller.signing_profile != keystore::SigningProfile()) {
    return Auth0Error(403, "A client with a signing profile may publish no keys.", "access_denied");
  }
  absl::StatusOr<std::vector<keystore::CustomSigningKey>> keys = ReadAuth0CustomKeys(body);
  if (!keys.ok()) return Auth0ErrorOf(keys.status(), now);
  const absl::StatusOr<TenantView> view = Set(tenants, tenant, *std::move(keys), caller);
  return view.ok() ? Auth0Json(200, ToJson(view->record.custom_signing_keys)) : Auth0ErrorOf(view.status(), now);
}

Response DeleteAuth0CustomKeys(core::Tenants& tenants, const keystore::TenantId& tenant, const core::Principal& caller,
                               absl::Time now) {
  const absl::StatusOr<TenantView> view = Set(tenants, tenant, {}, caller);
  if (!view.ok()) return Auth0ErrorOf(view.status(), now);
  return {.status = 204, .fields = {{"Cache-Control", "no-store"}}};
}

}  // namespace signet::http
