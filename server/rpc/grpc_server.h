#ifndef SIGNET_SERVER_RPC_GRPC_SERVER_H_
#define SIGNET_SERVER_RPC_GRPC_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/core/health.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/grpc_limits.h"
#include "server/rpc/tls_credentials.h"
#include "server/tls/certificate_source.h"
#include "server/tls/client_certificates.h"

namespace signet::rpc {

struct GrpcServerOptions {
  // "HOST:PORT" (port 0 picks one) or "unix:/path".
  std::vector<std::string> addresses;
  // For addresses that are not Unix sockets; borrowed. nullptr: there are none.
  tls::CertificateSource* certificate = nullptr;
  // Whether clients are asked for a certificate; what it is worth, GrpcBackend::authenticator decides.
  tls::ClientCertificates client_certificates = tls::ClientCertificates::kIgnored;
  bool reflection = false;
  GrpcLimits limits;
  // "HOST:PORT" for grpc.health.v1 alone, in plain text; empty for none.
  std::string probe_address;
  // Calls of grpc.health.v1.Health/Watch at the same time, and as many of probes.
  int max_health_watches = 1000;
  // Calls of WatchKeys at the same time.
  int max_watches = 1000;
  // How often they are looked through for callers who may no longer watch.
  absl::Duration watch_check_interval = absl::Seconds(1);
  // Calls of StreamSign at the same time, and how often those that are idle are looked through for callers who may no longer sign.
  int max_streams = 1000;
  absl::Duration stream_check_interval = absl::Seconds(1);
};

// GrpcServer serves signet.v1 and grpc.health.v1. The workers of the signing executor take the calls (CallLoop).
//
// grpc.health.v1 knows "" (all), "signet.v1.KeyService", "signet.v1.TenantService", "signet.v1.AuditService" and
// "signet.v1.CredentialService".
class GrpcServer {
 public:
  virtual ~GrpcServer() = default;

  // Starts to serve. All start as NOT_SERVING until SetHealth is called.
  //   kUnavailable      an address is in use or cannot be bound; the message names it
  //   kInvalidArgument  an address needs a certificate, and there is none, or none that can be used
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Create(const GrpcServerOptions& options, const GrpcBackend& backend);

  // The addresses, in the order of the options, with the ports that were bound.
  virtual const std::vector<std::string>& bound_addresses() const = 0;
  virtual const std::string& bound_probe_address() const = 0;

  // Connections that were accepted; closed at once, as there were too many; and failures to accept, as without file descriptors.
  virtual int64_t accepted_connections() const = 0;
  virtual int64_t refused_connections() const = 0;
  virtual int64_t accept_errors() const = 0;

  // Publishes `health` to grpc.health.v1: KeyService serves while signing works, the others while the store answers.
  virtual void SetHealth(const core::Health& health) = 0;

  // Ends calls of Watch, WatchKeys and StreamSign, stops accepting, lets other calls under way end until `deadline`, then cancels
  // them. Idempotent; the destructor calls it with the past.
  virtual void Shutdown(absl::Time deadline) = 0;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_GRPC_SERVER_H_
