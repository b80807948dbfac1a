#ifndef SIGNET_SERVER_RPC_GRPC_SERVER_H_
#define SIGNET_SERVER_RPC_GRPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "server/core/health.h"
#include "server/rpc/grpc_backend.h"

namespace signet::rpc {

struct GrpcServerOptions {
  // "HOST:PORT" (port 0 picks one) or "unix:/path".
  std::vector<std::string> addresses;
  // PEM; needed for addresses that are not Unix sockets.
  std::string certificate_chain;
  Secret private_key;
  bool reflection = false;
  // "HOST:PORT" for grpc.health.v1 alone, in plain text; empty for none.
  std::string probe_address;
  // Calls of WatchKeys at the same time.
  int max_watches = 1000;
};

// GrpcServer serves signet.v1 and grpc.health.v1 on gRPC's callback interface.
//
// grpc.health.v1 knows "" (all), "signet.v1.KeyService", "signet.v1.TenantService" and "signet.v1.AuditService".
class GrpcServer {
 public:
  virtual ~GrpcServer() = default;

  // Starts to serve. All start as NOT_SERVING until SetHealth is called.
  //   kUnavailable      an address is in use or cannot be bound; the message names it
  //   kInvalidArgument  certificate and key do not fit
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Create(const GrpcServerOptions& options, const GrpcBackend& backend);

  // The addresses, in the order of the options, with the ports that were bound.
  virtual const std::vector<std::string>& bound_addresses() const = 0;
  virtual const std::string& bound_probe_address() const = 0;

  // Publishes `health` to grpc.health.v1: KeyService serves while signing works, TenantService and AuditService while the store
  // answers.
  virtual void SetHealth(const core::Health& health) = 0;

  // Ends calls of Watch and WatchKeys, stops accepting, lets other calls under way end until `deadline`, then cancels them.
  // Idempotent; the destructor calls it with the past.
  virtual void Shutdown(absl::Time deadline) = 0;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_GRPC_SERVER_H_
