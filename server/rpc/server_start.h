#ifndef SIGNET_SERVER_RPC_SERVER_START_H_
#define SIGNET_SERVER_RPC_SERVER_START_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/connection_intake.h"

namespace signet::rpc {

// Listener is where a server is to listen.
struct Listener {
  std::string address;
  std::shared_ptr<grpc::ServerCredentials> credentials;  // Shared with gRPC.
  // Connections beyond are closed.
  size_t max_connections = 0;
  // Decides about a connection, by its file descriptor; one that is not admitted is closed. Default: all are admitted. Called on
  // the intake's thread.
  std::function<bool(int connection)> admits = nullptr;
};

// Door is where connections come in: their sources, and gRPC's ends of them, which must outlive the intake.
struct Door {
  std::vector<std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>> acceptors;
  std::vector<ConnectionIntake::Source> sources;
};

// Whether a server serves grpc.reflection: gRPC's library switches it on for every server of a process as soon as it is linked.
enum class Reflection { kOff, kOn };

// Binds all of `listeners` and starts a server that is given their connections by `door`; their addresses, with the ports that were
// bound, go to `bound`.
//   kUnavailable  an address is in use or cannot be bound; the message names it
absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(grpc::ServerBuilder& builder, Reflection reflection,
                                                          const std::vector<Listener>& listeners, Door& door,
                                                          std::vector<std::string>& bound);

// `deadline` as gRPC's Shutdown takes it: that takes a time before 1970 for "never".
std::chrono::system_clock::time_point NotBeforeNow(absl::Time deadline);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SERVER_START_H_
