#ifndef SIGNET_SERVER_RPC_HEALTH_SERVICE_H_
#define SIGNET_SERVER_RPC_HEALTH_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/stream_rpc.h"
#include "server/rpc/unary_rpc.h"

namespace signet::rpc {

// HealthService is grpc.health.v1 for one server. Thread-safe.
//
// gRPC brings one of its own, but that says SERVING until told otherwise, and a call of its Watch holds up Server::Shutdown until
// the deadline. It is for everybody, so that each call costs little: names of more than kMaxName bytes are INVALID_ARGUMENT, as
// they are there, and watches beyond their number RESOURCE_EXHAUSTED.
class HealthService final {
 public:
  // Full names of services, and "" for the server as a whole; true while it takes calls.
  using States = std::map<std::string, bool>;
  static constexpr size_t kMaxName = 256;

  // There are the services of `states`, and no others ever. `max_watches` is how many calls of Watch there may be at once.
  HealthService(States states, int max_watches);
  ~HealthService();

  // Sets the states of services; whoever watches one that changed is told. Does nothing after Shutdown.
  void Set(const States& states);

  // Turns all states to NOT_SERVING for good, tells those who watch and ends their calls; new ones end after one answer.
  void Shutdown();

  grpc::Service& service() { return service_; }
  // To be called when its server has started. `queue` is one of `loop`.
  void Serve(CallLoop& loop, grpc::ServerCompletionQueue& queue) const;

 private:
  class Watcher;
  using Request = grpc::health::v1::HealthCheckRequest;
  using Response = grpc::health::v1::HealthCheckResponse;
  using Status = Response::ServingStatus;
  using Stream = ResponseStream<Response>;

  void Check(UnaryContext& context, const Request& request, Response& response);
  void Watch(Stream& stream, const Request& request);

  // Null: there is no such service.
  const bool* FindState(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(const std::shared_ptr<Watcher>& watcher);

  RawService<grpc::health::v1::Health::AsyncService> service_;
  const UnaryMethod<Request, Response> check_;
  const StreamMethod<Request, Response, Stream> watch_;
  const size_t max_watches_;

  Mutex mutex_;
  // Only its values change.
  States states_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  // Shared: a call may end while it is being told of a change.
  std::set<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_HEALTH_SERVICE_H_
