#ifndef SIGNET_SERVER_RPC_PEER_EVIDENCE_H_
#define SIGNET_SERVER_RPC_PEER_EVIDENCE_H_

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/statusor.h"
#include "server/core/authenticator.h"

namespace signet::rpc {

// PeerEvidence is by what the caller of one call may be recognised. It has its own bytes, so that it can be kept beyond the call.
class PeerEvidence {
 public:
  // Reads the metadata `authorization` and the certificates of the connection.
  //   kUnauthenticated  BEARER_TOKEN_INVALID: more than one `authorization`
  static absl::StatusOr<PeerEvidence> Read(const grpc::ServerContext& context);

  core::CallEvidence view() const { return {.authorization = authorization_, .peer_chain_pem = peer_chain_pem_}; }

 private:
  std::string authorization_;
  std::string peer_chain_pem_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_PEER_EVIDENCE_H_
