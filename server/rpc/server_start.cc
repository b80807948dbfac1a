#include "server/rpc/server_start.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "server/rpc/listening_address.h"

namespace signet::rpc {
namespace {

using ExternalConnection = grpc::ServerBuilder::experimental_type::ExternalConnectionType;

// SetReflection serves grpc.reflection on one server, or takes it away.
class SetReflection final : public grpc::ServerBuilderOption {
 public:
  explicit SetReflection(Reflection reflection) : reflection_(reflection) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto wanted = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    const std::string name = wanted->name();
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(), [&](const auto& plugin) { return plugin->name() == name; }),
                   plugins->end());
    if (reflection_ == Reflection::kOn) plugins->push_back(std::move(wanted));
  }

 private:
  const Reflection reflection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(grpc::ServerBuilder& builder, Reflection reflection,
                                                          const std::vector<Listener>& listeners, Door& door,
                                                          std::vector<std::string>& bound) {
  builder.SetOption(std::make_unique<SetReflection>(reflection));
  for (const Listener& listener : listeners) {
    SIGNET_ASSIGN_OR_RETURN(BoundAddress address, Listen(listener.address));
    bound.push_back(address.address);
    door.acceptors.push_back(
        builder.experimental().AddExternalConnectionAcceptor(ExternalConnection::FROM_FD, listener.credentials));
    ConnectionIntake::Source source;
    source.bound = std::move(address);
    source.max_connections = listener.max_connections;
    source.take = [acceptor = door.acceptors.back().get(), admits = listener.admits](UniqueFd connection) {
      if (admits != nullptr && !admits(connection.get())) return;
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
      parameters.fd = connection.Release();
      acceptor->HandleNewConnection(&parameters);
    };
    door.sources.push_back(std::move(source));
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return absl::UnavailableError("gRPC did not start");
  return server;
}

std::chrono::system_clock::time_point NotBeforeNow(absl::Time deadline) {
  return std::max(std::chrono::system_clock::now(), absl::ToChronoTime(deadline));
}

}  // namespace signet::rpc
