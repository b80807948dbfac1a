#ifndef SIGNET_SERVER_RPC_CREDENTIAL_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_CREDENTIAL_SERVICE_ADAPTER_H_

#include <grpcpp/grpcpp.h>

#include "server/rpc/call_dispatcher.h"
#include "server/rpc/grpc_backend.h"
#include "signet/v1/credential_service.grpc.pb.h"

namespace signet::rpc {

// CredentialServiceAdapter binds each method of signet.v1.CredentialService to its work on the admin executor.
class CredentialServiceAdapter final : public v1::CredentialService::CallbackService {
 public:
  explicit CredentialServiceAdapter(const GrpcBackend& backend) : backend_(backend), dispatcher_(backend) {}

  grpc::ServerUnaryReactor* CreateCredential(grpc::CallbackServerContext* context, const v1::CreateCredentialRequest* request,
                                             v1::IssuedCredential* response) override;
  grpc::ServerUnaryReactor* GetCredential(grpc::CallbackServerContext* context, const v1::GetCredentialRequest* request,
                                          v1::Credential* response) override;
  grpc::ServerUnaryReactor* ListCredentials(grpc::CallbackServerContext* context, const v1::ListCredentialsRequest* request,
                                            v1::ListCredentialsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteCredential(grpc::CallbackServerContext* context, const v1::DeleteCredentialRequest* request,
                                             google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* RotateSecret(grpc::CallbackServerContext* context, const v1::RotateSecretRequest* request,
                                         v1::IssuedCredential* response) override;
  grpc::ServerUnaryReactor* RevokeSecret(grpc::CallbackServerContext* context, const v1::RevokeSecretRequest* request,
                                         v1::Credential* response) override;
  grpc::ServerUnaryReactor* AddPublicKey(grpc::CallbackServerContext* context, const v1::AddPublicKeyRequest* request,
                                         v1::Credential* response) override;
  grpc::ServerUnaryReactor* RemovePublicKey(grpc::CallbackServerContext* context, const v1::RemovePublicKeyRequest* request,
                                            v1::Credential* response) override;

 private:
  const GrpcBackend backend_;
  const CallDispatcher dispatcher_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CREDENTIAL_SERVICE_ADAPTER_H_
