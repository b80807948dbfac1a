#include "server/http/auth0_clients.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/sha256.h"
#include "hsm/algorithm.h"
#include "keystore/records.h"
#include "server/core/credential_lookup.h"
#include "server/core/credentials.h"
#include "server/core/names.h"
#include "server/core/new_credential.h"
#include "server/http/auth0_credential_body.h"
#include "server/http/auth0_date.h"
#include "server/http/auth0_error.h"
#include "server/http/change_by.h"

namespace signet::http {
namespace {

using core::CredentialName;
using core::CredentialView;
using keystore::ClientPublicKey;
using Json = nlohmann::ordered_json;

// Call is what the work of a call needs.
struct Call {
  core::Credentials& credentials;
  const Clock& clock;
  std::shared_ptr<const core::Principal> caller;  // Shared: the authenticator remembers it.
  CredentialName name;
  std::string client_id;
  std::string credential_id;
};

std::string IdOf(absl::string_view client_id, absl::string_view kid) {
  constexpr absl::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // No client_id holds a space.
  const std::string hash = Sha256(absl::StrCat(client_id, " ", kid));
  std::string id = "cred_";
  for (size_t i = 0; i < 22; ++i) id.push_back(kAlphabet[static_cast<unsigned char>(hash[i]) % kAlphabet.size()]);
  return id;
}

Json ToJson(const std::string& client_id, const ClientPublicKey& key) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(key.algorithm);
  Json json = {{"id", IdOf(client_id, key.id)}, {"credential_type", "public_key"}, {"kid", key.id}};
  if (algorithm) json["alg"] = std::string(hsm::GetAlgorithmInfo(*algorithm).jose_name);
  json["created_at"] = Auth0Date(key.create_time);
  json["updated_at"] = Auth0Date(key.create_time);
  if (key.expire_time) json["expires_at"] = Auth0Date(*key.expire_time);
  return json;
}

std::vector<ClientPublicKey> WorkingKeys(const CredentialView& view, absl::Time now) {
  std::vector<ClientPublicKey> keys;
  for (const ClientPublicKey& key : view.record.public_keys) {
    if (core::IsWorking(key, now)) keys.push_back(key);
  }
  return keys;
}

const ClientPublicKey* FindKey(const std::vector<ClientPublicKey>& keys, const Call& call) {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const ClientPublicKey& key) { return IdOf(call.client_id, key.id) == call.credential_id; });
  return found == keys.end() ? nullptr : &*found;
}

Response NoSuchClient() { return Auth0Error(404, "The client does not exist.", "inexistent_client"); }
Response NoSuchCredential() { return Auth0Error(404, "The credential does not exist.", "inexistent_credential"); }

Response Fail(const Call& call, const absl::Status& status) {
  return absl::IsNotFound(status) ? NoSuchClient() : Auth0ErrorOf(status, call.clock.Now());
}

Response RotateSecret(const Call& call) {
  const absl::StatusOr<core::IssuedCredential> issued =
      call.credentials.RotateSecret(call.name, core::NewSecret(), *call.caller, ChangeBy(*call.caller));
  if (!issued.ok()) return Fail(call, issued.status());
  return Auth0Json(200, {{"tenant", call.name.tenant.value()},
                         {"name", call.name.credential.value()},
                         {"client_id", call.client_id},
                         {"client_secret", std::string(issued->client_secret.Expose())}});
}

Response ListCredentials(const Call& call) {
  const absl::StatusOr<CredentialView> view = call.credentials.Get(call.name);
  if (!view.ok()) return Fail(call, view.status());
  Json json = Json::array();
  for (const ClientPublicKey& key : WorkingKeys(*view, call.clock.Now())) json.push_back(ToJson(call.client_id, key));
  return Auth0Json(200, json);
}

Response GetCredential(const Call& call) {
  const absl::StatusOr<CredentialView> view = call.credentials.Get(call.name);
  if (!view.ok()) return Fail(call, view.status());
  const std::vector<ClientPublicKey> keys = WorkingKeys(*view, call.clock.Now());
  const ClientPublicKey* const key = FindKey(keys, call);
  return key == nullptr ? NoSuchCredential() : Auth0Json(200, ToJson(call.client_id, *key));
}

Response DeleteCredential(const Call& call) {
  const absl::StatusOr<CredentialView> view = call.credentials.Get(call.name);
  if (!view.ok()) return Fail(call, view.status());
  const ClientPublicKey* const key = FindKey(view->record.public_keys, call);
  if (key == nullptr) return NoSuchCredential();
  const absl::StatusOr<CredentialView> left = call.credentials.RemovePublicKey(call.name, key->id, ChangeBy(*call.caller));
  if (absl::IsNotFound(left.status())) return NoSuchCredential();
  if (!left.ok()) return Fail(call, left.status());
  return {.status = 204, .fields = {{"Cache-Control", "no-store"}}};
}

Response CreateCredential(const Call& call, const std::string& body) {
  const absl::StatusOr<core::NewPublicKey> key = ReadAuth0Credential(body);
  if (!key.ok()) return Auth0ErrorOf(key.status(), call.clock.Now());
  const absl::StatusOr<CredentialView> view = call.credentials.Get(call.name);
  if (!view.ok()) return Fail(call, view.status());
  if (WorkingKeys(*view, call.clock.Now()).size() >= kMaxAuth0Credentials) {
    return Auth0Error(409, absl::StrCat("A client may have at most ", kMaxAuth0Credentials, " credentials; delete one first."),
                      "conflict");
  }
  core::ChangeRequest request = ChangeBy(*call.caller);
  // So that two calls at once do not both find room.
  request.etag = view->etag;
  const absl::StatusOr<CredentialView> changed = call.credentials.AddPublicKey(call.name, *key, *call.caller, request);
  if (!changed.ok()) return Fail(call, changed.status());
  return Auth0Json(201, ToJson(call.client_id, changed->record.public_keys.back()));
}

}  // namespace

absl::AnyInvocable<Response()> MakeAuth0ClientWork(const HttpBackend& backend, const Auth0Match& match,
                                                   const keystore::TenantId& tenant, std::shared_ptr<const core::Principal> caller,
                                                   const Request& request) {
  const std::string client_id(match.variables[0]);
  const auto client = backend.management->clients.FindByClientId(client_id);
  if (client == nullptr || client->tenant != tenant) return NoSuchClient;
  Call call = {.credentials = backend.management->credentials,
               .clock = backend.clock,
               .caller = std::move(caller),
               .name = {.tenant = tenant, .credential = client->id},
               .client_id = client_id,
               .credential_id = match.variables.size() > 1 ? std::string(match.variables[1]) : ""};
  switch (match.route->call) {
    case Auth0Call::kRotateSecret:
      return [call = std::move(call)] { return RotateSecret(call); };
    case Auth0Call::kListCredentials:
      return [call = std::move(call)] { return ListCredentials(call); };
    case Auth0Call::kGetCredential:
      return [call = std::move(call)] { return GetCredential(call); };
    case Auth0Call::kDeleteCredential:
      return [call = std::move(call)] { return DeleteCredential(call); };
    default:
      return [call = std::move(call), body = std::string(request.body.Expose())] { return CreateCredential(call, body); };
  }
}

}  // namespace signet::http
