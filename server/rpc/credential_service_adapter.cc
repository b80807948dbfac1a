#include "server/rpc/credential_service_adapter.h"

#include "server/rpc/credential_calls.h"

namespace signet::rpc {

using Context = grpc::CallbackServerContext*;
using Reactor = grpc::ServerUnaryReactor*;

Reactor CredentialServiceAdapter::CreateCredential(Context context, const v1::CreateCredentialRequest* request,
                                                   v1::IssuedCredential* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.CredentialService/CreateCredential"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::CreateCredential(backend_.credentials, caller, *request, *response);
                              });
}

Reactor CredentialServiceAdapter::GetCredential(Context context, const v1::GetCredentialRequest* request,
                                                v1::Credential* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.CredentialService/GetCredential"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::GetCredential(backend_.credentials, *request, *response); });
}

Reactor CredentialServiceAdapter::ListCredentials(Context context, const v1::ListCredentialsRequest* request,
                                                  v1::ListCredentialsResponse* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.CredentialService/ListCredentials"), *context, *request,
                              [this, request, response](const core::Principal&) {
                                return rpc::ListCredentials(backend_.credentials, *request, *response);
                              });
}

Reactor CredentialServiceAdapter::DeleteCredential(Context context, const v1::DeleteCredentialRequest* request,
                                                   google::protobuf::Empty*) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.CredentialService/DeleteCredential"), *context, *request,
      [this, request](const core::Principal& caller) { return rpc::DeleteCredential(backend_.credentials, caller, *request); });
}

Reactor CredentialServiceAdapter::RotateSecret(Context context, const v1::RotateSecretRequest* request,
                                               v1::IssuedCredential* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.CredentialService/RotateSecret"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::RotateSecret(backend_.credentials, caller, *request, *response);
                              });
}

Reactor CredentialServiceAdapter::RevokeSecret(Context context, const v1::RevokeSecretRequest* request, v1::Credential* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.CredentialService/RevokeSecret"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::RevokeSecret(backend_.credentials, caller, *request, *response);
                              });
}

Reactor CredentialServiceAdapter::AddPublicKey(Context context, const v1::AddPublicKeyRequest* request, v1::Credential* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.CredentialService/AddPublicKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::AddPublicKey(backend_.credentials, caller, *request, *response);
                              });
}

Reactor CredentialServiceAdapter::RemovePublicKey(Context context, const v1::RemovePublicKeyRequest* request,
                                                  v1::Credential* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.CredentialService/RemovePublicKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::RemovePublicKey(backend_.credentials, caller, *request, *response);
                              });
}

}  // namespace signet::rpc
