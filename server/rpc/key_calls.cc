#include "server/rpc/key_calls.h"

#include <utility>

#include "base/error.h"
#include "server/core/names.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {
namespace {

using Verb = absl::StatusOr<core::KeyView> (core::Keys::*)(const core::KeyName& name, keystore::Force force,
                                                           const core::ChangeRequest& request);

// The requests of the four verbs have the same fields.
template <typename Request>
absl::Status ApplyVerb(core::Keys& keys, const core::Principal& caller, Verb verb, const Request& request,
                       v1::SigningKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::KeyName name, core::ParseKeyName("name", request.name()));
  const keystore::Force force = request.force() ? keystore::Force::kYes : keystore::Force::kNo;
  SIGNET_ASSIGN_OR_RETURN(const core::KeyView view,
                          (keys.*verb)(name, force, ChangeRequestFromProto(request, caller.name, request.etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

}  // namespace

absl::Status CreateKey(core::Keys& keys, const core::Principal& caller, const v1::CreateKeyRequest& request,
                       v1::SigningKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::RingName ring, core::ParseRingName("parent", request.parent()));
  keystore::Kid kid;
  if (!request.key_id().empty()) {
    SIGNET_ASSIGN_OR_RETURN(kid, core::CheckKid("key_id", request.key_id()));
  }
  SIGNET_ASSIGN_OR_RETURN(const core::KeyView view, keys.Create(ring, kid, ChangeRequestFromProto(request, caller.name, "")));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status GetKey(core::Keys& keys, const v1::GetKeyRequest& request, v1::SigningKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::KeyName name, core::ParseKeyName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::KeyView view, keys.Get(name));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status ListKeys(core::Keys& keys, const v1::ListKeysRequest& request, v1::ListKeysResponse& response) {
  using Tombstones = keystore::KeyStore::Tombstones;
  SIGNET_ASSIGN_OR_RETURN(const core::RingName ring, core::ParseRingName("parent", request.parent()));
  SIGNET_ASSIGN_OR_RETURN(core::ListResult<core::KeyView> list,
                          keys.List(ring, request.show_destroyed() ? Tombstones::kShow : Tombstones::kHide,
                                    {request.page_size(), request.page_token()}));
  for (const core::KeyView& view : list.items) *response.add_keys() = ToProto(view);
  response.set_next_page_token(std::move(list.next_page_token));
  return absl::OkStatus();
}

absl::Status EnableKey(core::Keys& keys, const core::Principal& caller, const v1::EnableKeyRequest& request,
                       v1::SigningKey& response) {
  return ApplyVerb(keys, caller, &core::Keys::Enable, request, response);
}

absl::Status DisableKey(core::Keys& keys, const core::Principal& caller, const v1::DisableKeyRequest& request,
                        v1::SigningKey& response) {
  return ApplyVerb(keys, caller, &core::Keys::Disable, request, response);
}

absl::Status RevokeKey(core::Keys& keys, const core::Principal& caller, const v1::RevokeKeyRequest& request,
                       v1::SigningKey& response) {
  return ApplyVerb(keys, caller, &core::Keys::Revoke, request, response);
}

absl::Status DeleteKey(core::Keys& keys, const core::Principal& caller, const v1::DeleteKeyRequest& request,
                       v1::SigningKey& response) {
  return ApplyVerb(keys, caller, &core::Keys::Delete, request, response);
}

absl::Status GetPublicKey(core::Keys& keys, const v1::GetPublicKeyRequest& request, v1::PublicKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::KeyName name, core::ParseKeyName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::PublicKeyView view, keys.GetPublicKey(name));
  response.set_name(core::FormatKeyName(view.name));
  response.set_algorithm(ToProto(view.key.algorithm()));
  response.set_pem(view.key.ToPem());
  response.set_der(view.key.spki_der());
  response.set_jwk(view.jwk_json);
  return absl::OkStatus();
}

}  // namespace signet::rpc
