#include "server/rpc/credential_calls.h"

#include <utility>

#include "base/error.h"
#include "server/core/names.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/credential_conversion.h"
#include "server/rpc/required_field.h"

namespace signet::rpc {

absl::Status CreateCredential(core::Credentials& credentials, const core::Principal& caller,
                              const v1::CreateCredentialRequest& request, v1::IssuedCredential& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::NewCredential credential, FromProto(request));
  SIGNET_ASSIGN_OR_RETURN(const core::IssuedCredential issued,
                          credentials.Create(credential, caller, ChangeRequestFromProto(request, caller.name, "")));
  response = ToProto(issued);
  return absl::OkStatus();
}

absl::Status GetCredential(core::Credentials& credentials, const v1::GetCredentialRequest& request, v1::Credential& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialName name, core::ParseCredentialName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialView view, credentials.Get(name));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status ListCredentials(core::Credentials& credentials, const v1::ListCredentialsRequest& request,
                             v1::ListCredentialsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId tenant, core::ParseTenantName("parent", request.parent()));
  SIGNET_ASSIGN_OR_RETURN(core::ListResult<core::CredentialView> list,
                          credentials.List(tenant, {request.page_size(), request.page_token()}));
  for (const core::CredentialView& view : list.items) *response.add_credentials() = ToProto(view);
  response.set_next_page_token(std::move(list.next_page_token));
  return absl::OkStatus();
}

absl::Status DeleteCredential(core::Credentials& credentials, const core::Principal& caller,
                              const v1::DeleteCredentialRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialName name, core::ParseCredentialName("name", request.name()));
  return credentials.Delete(name, ChangeRequestFromProto(request, caller.name, request.etag()));
}

absl::Status RotateSecret(core::Credentials& credentials, const core::Principal& caller, const v1::RotateSecretRequest& request,
                          v1::IssuedCredential& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialName name, core::ParseCredentialName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::NewSecret secret, FromProto(request));
  SIGNET_ASSIGN_OR_RETURN(
      const core::IssuedCredential issued,
      credentials.RotateSecret(name, secret, caller, ChangeRequestFromProto(request, caller.name, request.etag())));
  response = ToProto(issued);
  return absl::OkStatus();
}

absl::Status RevokeSecret(core::Credentials& credentials, const core::Principal& caller, const v1::RevokeSecretRequest& request,
                          v1::Credential& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialName name, core::ParseCredentialName("name", request.name()));
  if (request.secret_id().empty()) return MissingField("secret_id");
  SIGNET_ASSIGN_OR_RETURN(
      const core::CredentialView view,
      credentials.RevokeSecret(name, request.secret_id(), ChangeRequestFromProto(request, caller.name, request.etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status AddPublicKey(core::Credentials& credentials, const core::Principal& caller, const v1::AddPublicKeyRequest& request,
                          v1::Credential& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialName name, core::ParseCredentialName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::NewPublicKey key, FromProto("public_key", request.public_key()));
  SIGNET_ASSIGN_OR_RETURN(
      const core::CredentialView view,
      credentials.AddPublicKey(name, key, caller, ChangeRequestFromProto(request, caller.name, request.etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status RemovePublicKey(core::Credentials& credentials, const core::Principal& caller,
                             const v1::RemovePublicKeyRequest& request, v1::Credential& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::CredentialName name, core::ParseCredentialName("name", request.name()));
  if (request.public_key_id().empty()) return MissingField("public_key_id");
  SIGNET_ASSIGN_OR_RETURN(
      const core::CredentialView view,
      credentials.RemovePublicKey(name, request.public_key_id(), ChangeRequestFromProto(request, caller.name, request.etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

}  // namespace signet::rpc
