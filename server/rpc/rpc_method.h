#ifndef SIGNET_SERVER_RPC_RPC_METHOD_H_
#define SIGNET_SERVER_RPC_RPC_METHOD_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "server/rpc/call_loop.h"

namespace signet::rpc {

// RpcMethod is a method of a service, and how its calls are handled. It must live until the loop has stopped.
class RpcMethod {
 public:
  virtual ~RpcMethod() = default;
  // Begins to take calls, which arrive on `queue`, one of `loop`.
  virtual void Serve(CallLoop& loop, grpc::ServerCompletionQueue& queue) const = 0;
};

using RpcMethods = std::vector<std::unique_ptr<RpcMethod>>;

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_RPC_METHOD_H_
