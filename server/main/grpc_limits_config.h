#ifndef SIGNET_SERVER_MAIN_GRPC_LIMITS_CONFIG_H_
#define SIGNET_SERVER_MAIN_GRPC_LIMITS_CONFIG_H_

#include "server/rpc/grpc_limits.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// What the section `grpc.limits` of a valid configuration means to server/rpc.
rpc::GrpcLimits ToGrpcLimits(const config::v1::GrpcLimits& limits);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_GRPC_LIMITS_CONFIG_H_
