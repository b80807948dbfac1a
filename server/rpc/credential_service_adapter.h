#ifndef SIGNET_SERVER_RPC_CREDENTIAL_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_CREDENTIAL_SERVICE_ADAPTER_H_

#include "server/rpc/grpc_backend.h"
#include "server/rpc/service_adapter.h"
#include "signet/v1/credential_service.grpc.pb.h"

namespace signet::rpc {

// CredentialServiceAdapter binds each method of signet.v1.CredentialService to its work on the admin executor.
class CredentialServiceAdapter final : public ServiceAdapter<v1::CredentialService::AsyncService> {
 public:
  explicit CredentialServiceAdapter(const GrpcBackend& backend);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_CREDENTIAL_SERVICE_ADAPTER_H_
