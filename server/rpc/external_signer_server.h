#ifndef SIGNET_SERVER_RPC_EXTERNAL_SIGNER_SERVER_H_
#define SIGNET_SERVER_RPC_EXTERNAL_SIGNER_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/core/names.h"
#include "server/core/service_account_signer.h"
#include "server/rpc/grpc_backend.h"

namespace signet::rpc {

struct ExternalSignerServerOptions {
  // An absolute path.
  std::string socket_path;
  // Who may connect; connections of others are closed at once.
  std::set<uid_t> allowed_uids;
  // With whose keys it signs: names its callers in logs, metrics and quotas.
  core::RingName ring;
};

// ExternalSignerServer serves v1.ExternalJWTSigner, and nothing else, to the kube-apiserver on the same machine: on a Unix socket
// of its own with mode 0600, in plain text.
//
// Its callers are one principal, "kubernetes/" and the name of the ring, of the ring's tenant and with the scopes that it needs.
// What it signs goes through the same queue, quotas and recovery as all other signatures.
class ExternalSignerServer {
 public:
  virtual ~ExternalSignerServer() = default;

  // Starts to serve. `backend` and `accounts` are borrowed; the backend's authenticator is not asked.
  //   kUnavailable  the socket is in use or cannot be bound; the message names it
  static absl::StatusOr<std::unique_ptr<ExternalSignerServer>> Create(const ExternalSignerServerOptions& options,
                                                                      const GrpcBackend& backend,
                                                                      const core::ServiceAccountSigner& accounts);

  // Stops accepting, lets calls under way end until `deadline`, then cancels them. Idempotent; the destructor calls it with the
  // past.
  virtual void Shutdown(absl::Time deadline) = 0;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_EXTERNAL_SIGNER_SERVER_H_
