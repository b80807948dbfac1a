#include "server/rpc/credential_service_adapter.h"

#include "server/rpc/credential_calls.h"

namespace signet::rpc {

using Service = v1::CredentialService::AsyncService;

CredentialServiceAdapter::CredentialServiceAdapter(const GrpcBackend& parts) : ServiceAdapter(parts) {
  AddAdmin(core::RuleOf("signet.v1.CredentialService/CreateCredential"), &Service::RequestCreateCredential,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::CreateCredential(backend().credentials, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/GetCredential"), &Service::RequestGetCredential,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GetCredential(backend().credentials, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/ListCredentials"), &Service::RequestListCredentials,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::ListCredentials(backend().credentials, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/DeleteCredential"), &Service::RequestDeleteCredential,
           [this](const core::Principal& caller, const auto& request, auto&) {
             return rpc::DeleteCredential(backend().credentials, caller, request);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/RotateSecret"), &Service::RequestRotateSecret,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::RotateSecret(backend().credentials, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/RevokeSecret"), &Service::RequestRevokeSecret,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::RevokeSecret(backend().credentials, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/AddPublicKey"), &Service::RequestAddPublicKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::AddPublicKey(backend().credentials, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.CredentialService/RemovePublicKey"), &Service::RequestRemovePublicKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::RemovePublicKey(backend().credentials, caller, request, response);
           });
}

}  // namespace signet::rpc
