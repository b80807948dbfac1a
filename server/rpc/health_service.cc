#include "server/rpc/health_service.h"

#include <optional>
#include <utility>

namespace signet::rpc {

// Watcher is one call of Watch; `watchers_` keeps it alive until gRPC is done with it.
//
// The service's lock guards its state, so that no news overtakes other. The lock is not held while an operation is started: `busy_`
// is what keeps a second thread from starting another, or from finishing the call, meanwhile.
class HealthService::Watcher final : public StreamHandler, public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(HealthService& service, Stream& stream, std::string name) : service_(service), stream_(stream), name_(std::move(name)) {}

  // Notes the present state, to be told by the next Proceed; the call ends after it if the service is shut down.
  void Note() ABSL_EXCLUSIVE_LOCKS_REQUIRED(service_.mutex_) {
    if (ending_) return;
    const Status status = service_.StatusOf(name_);
    if (status != sent_) wanted_ = status;
    ending_ = service_.shut_down_;
  }

  // Starts what is to be done next, if anything is and nothing is under way.
  void Proceed() {
    bool finish = false;
    {
      MutexLock lock(service_.mutex_);
      if (busy_ || (!wanted_ && !ending_)) return;
      busy_ = true;  // Once finished, it stays so.
      finish = !wanted_;
      if (wanted_) {
        sent_ = wanted_;
        response_.set_status(*wanted_);
        wanted_.reset();
      }
    }
    if (finish) {
      stream_.Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down"));
    } else {
      stream_.StartWrite(response_);
    }
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(service_.mutex_);
      busy_ = false;
      if (!ok) End();
    }
    Proceed();
  }

  void OnCancel() override {
    {
      MutexLock lock(service_.mutex_);
      End();
    }
    Proceed();
  }

  // WARNING: may delete this object.
  void OnDone() override { service_.Remove(shared_from_this()); }

 private:
  void End() ABSL_EXCLUSIVE_LOCKS_REQUIRED(service_.mutex_) {
    wanted_.reset();
    ending_ = true;
  }

  HealthService& service_;
  Stream& stream_;
  const std::string name_;
  bool busy_ ABSL_GUARDED_BY(service_.mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(service_.mutex_) = false;
  std::optional<Status> wanted_ ABSL_GUARDED_BY(service_.mutex_);
  std::optional<Status> sent_ ABSL_GUARDED_BY(service_.mutex_);
  // Written only by the thread that turned busy_ on, read by gRPC until OnWriteDone.
  Response response_;
};

HealthService::HealthService(States states)
    : check_(
          service_.AskUnary("grpc.health.v1.Health/Check"),
          [this](UnaryContext& context, const Request& request, Response& response) { Check(context, request, response); }, 1),
      watch_(service_.AskServerStreaming("grpc.health.v1.Health/Watch"),
             [this](Stream& stream, const Request& request) { Watch(stream, request); }),
      states_(std::move(states)) {}

HealthService::~HealthService() = default;

void HealthService::Serve(CallLoop& loop, grpc::ServerCompletionQueue& queue) const {
  check_.Serve(loop, queue);
  watch_.Serve(loop, queue);
}

void HealthService::Set(const States& states) {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    MutexLock lock(mutex_);
    if (shut_down_) return;
    states_ = states;
    for (const std::shared_ptr<Watcher>& watcher : watchers_) watcher->Note();
    watchers = watchers_;
  }
  for (const std::shared_ptr<Watcher>& watcher : watchers) watcher->Proceed();
}

void HealthService::Shutdown() {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    MutexLock lock(mutex_);
    shut_down_ = true;
    for (auto& [service, serving] : states_) serving = false;
    for (const std::shared_ptr<Watcher>& watcher : watchers_) watcher->Note();
    watchers = watchers_;
  }
  for (const std::shared_ptr<Watcher>& watcher : watchers) watcher->Proceed();
}

HealthService::Status HealthService::StatusOf(const std::string& service) const {
  const auto state = states_.find(service);
  if (state == states_.end()) return Response::SERVICE_UNKNOWN;
  return state->second ? Response::SERVING : Response::NOT_SERVING;
}

void HealthService::Check(UnaryContext& context, const Request& request, Response& response) {
  Status status = Response::UNKNOWN;
  {
    MutexLock lock(mutex_);
    status = StatusOf(request.service());
  }
  response.set_status(status);
  context.Finish(status == Response::SERVICE_UNKNOWN ? grpc::Status(grpc::StatusCode::NOT_FOUND, "no such service")
                                                     : grpc::Status::OK);
}

void HealthService::Watch(Stream& stream, const Request& request) {
  const auto watcher = std::make_shared<Watcher>(*this, stream, request.service());
  stream.Begin(*watcher);
  {
    MutexLock lock(mutex_);
    watchers_.insert(watcher);
    watcher->Note();
  }
  watcher->Proceed();
}

void HealthService::Remove(const std::shared_ptr<Watcher>& watcher) {
  MutexLock lock(mutex_);
  watchers_.erase(watcher);
}

}  // namespace signet::rpc
