#include "server/main/grpc_limits_config.h"

#include <cstdint>

#include "server/main/duration.h"

namespace signet::server {

rpc::GrpcLimits ToGrpcLimits(const config::v1::GrpcLimits& limits) {
  return {.max_request_size = limits.max_request_bytes(),
          .max_metadata_size = limits.max_metadata_bytes(),
          .max_concurrent_streams = limits.max_concurrent_streams(),
          .max_connections = limits.max_connections(),
          .max_connection_age = ToDuration(limits.max_connection_age()),
          .max_connection_age_grace = ToDuration(limits.max_connection_age_grace()),
          .max_connection_idle = ToDuration(limits.max_connection_idle()),
          .handshake_timeout = ToDuration(limits.handshake_timeout()),
          .ping_interval = ToDuration(limits.ping_interval()),
          .ping_timeout = ToDuration(limits.ping_timeout()),
          .min_client_ping_interval = ToDuration(limits.min_client_ping_interval()),
          .max_ping_strikes = limits.max_ping_strikes(),
          .max_memory = int64_t{limits.max_memory_mib()} * 1024 * 1024};
}

}  // namespace signet::server
