#ifndef SIGNET_SERVER_RPC_GRPC_LIMITS_H_
#define SIGNET_SERVER_RPC_GRPC_LIMITS_H_

#include <cstdint>

#include "absl/time/time.h"

namespace signet::rpc {

// GrpcLimits are what clients can cost a server. The defaults are those of config.proto.
struct GrpcLimits {
  // In bytes. The largest request is VerifyToken with a token of 128 KiB.
  int max_request_size = 256 * 1024;
  int max_metadata_size = 16 * 1024;
  // Calls at once on one connection.
  int max_concurrent_streams = 1024;
  // Connections of all addresses but the probes'; each address has as many.
  int max_connections = 10'000;
  // A connection that is older is told to end (GOAWAY), and calls on it may take the grace; so that load balancers can spread anew.
  absl::Duration max_connection_age = absl::Hours(1);
  absl::Duration max_connection_age_grace = absl::Minutes(5);
  // A connection without calls is told to end after so long.
  absl::Duration max_connection_idle = absl::Minutes(15);
  // How long a client may take for the TLS handshake and the beginning of HTTP/2.
  absl::Duration handshake_timeout = absl::Seconds(10);
  // A client that does not answer to a ping, sent after the interval without anything from it, has gone.
  absl::Duration ping_interval = absl::Minutes(1);
  absl::Duration ping_timeout = absl::Seconds(20);
  // A client may ping this often, even without calls; whoever does so more often, and that more than so many times, is sent away
  // (ENHANCE_YOUR_CALM).
  absl::Duration min_client_ping_interval = absl::Seconds(10);
  int max_ping_strikes = 2;
  // In bytes; of gRPC's buffers, of all clients together. Metadata is not counted in.
  int64_t max_memory = int64_t{1024} * 1024 * 1024;

  bool operator==(const GrpcLimits&) const = default;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_GRPC_LIMITS_H_
