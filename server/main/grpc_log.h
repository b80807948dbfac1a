#ifndef SIGNET_SERVER_MAIN_GRPC_LOG_H_
#define SIGNET_SERVER_MAIN_GRPC_LOG_H_

#include "base/logger.h"

namespace signet::server {

// GrpcLog has gRPC and Protobuf log to `logger`, as warnings, rather than as text to standard error. One at a time; `logger` is
// borrowed.
class GrpcLog {
 public:
  explicit GrpcLog(Logger& logger);
  // What gRPC logs from now on is dropped: its threads outlive its servers.
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_GRPC_LOG_H_
