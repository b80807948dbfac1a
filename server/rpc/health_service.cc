#include "server/rpc/health_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace signet::rpc {
namespace {

using Response = grpc::health::v1::HealthCheckResponse;

// By what FindState found.
Response::ServingStatus StatusFor(const bool* state) {
  if (state == nullptr) return Response::SERVICE_UNKNOWN;
  return *state ? Response::SERVING : Response::NOT_SERVING;
}

grpc::Status NameTooLong() {
  return {grpc::StatusCode::INVALID_ARGUMENT,
          absl::StrCat("the name of a service has ", HealthService::kMaxName, " bytes at most")};
}

}  // namespace

// Watcher is one call of Watch; `watchers_` keeps it alive until gRPC is done with it.
//
// The service's lock guards its state, so that no news overtakes other. The lock is not held while an operation is started: `busy_`
// is what keeps a second thread from starting another, or from finishing the call, meanwhile.
class HealthService::Watcher final : public StreamHandler, public std::enable_shared_from_this<Watcher> {
 public:
  // `state` is that of the service, as FindState has it: the name of one that there is not is the caller's, and not kept.
  Watcher(HealthService& service, Stream& stream, const bool* state) : service_(service), stream_(stream), state_(state) {}

  // Notes the present state, to be told by the next Proceed; the call ends after it if the service is shut down.
  void Note() ABSL_EXCLUSIVE_LOCKS_REQUIRED(service_.mutex_) {
    if (ending_) return;
    const Status status = StatusFor(state_);
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
  const bool* const state_ ABSL_PT_GUARDED_BY(service_.mutex_);
  bool busy_ ABSL_GUARDED_BY(service_.mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(service_.mutex_) = false;
  std::optional<Status> wanted_ ABSL_GUARDED_BY(service_.mutex_);
  std::optional<Status> sent_ ABSL_GUARDED_BY(service_.mutex_);
  // Written only by the thread that turned busy_ on, read by gRPC until OnWriteDone.
  Response response_;
};

HealthService::HealthService(States states, int max_watches)
    : check_(
          service_.AskUnary("grpc.health.v1.Health/Check"),
          [this](UnaryContext& context, const Request& request, Response& response) { Check(context, request, response); }, 1),
      watch_(service_.AskServerStreaming("grpc.health.v1.Health/Watch"),
             [this](Stream& stream, const Request& request) { Watch(stream, request); }),
      max_watches_(static_cast<size_t>(std::max(max_watches, 0))),
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
    for (auto& [service, serving] : states_) {
      const auto state = states.find(service);
      if (state != states.end()) serving = state->second;
    }
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

const bool* HealthService::FindState(const std::string& service) const {
  const auto state = states_.find(service);
  return state == states_.end() ? nullptr : &state->second;
}

void HealthService::Check(UnaryContext& context, const Request& request, Response& response) {
  if (request.service().size() > kMaxName) return context.Finish(NameTooLong());
  Status status = Response::UNKNOWN;
  {
    MutexLock lock(mutex_);
    status = StatusFor(FindState(request.service()));
  }
  response.set_status(status);
  context.Finish(status == Response::SERVICE_UNKNOWN ? grpc::Status(grpc::StatusCode::NOT_FOUND, "no such service")
                                                     : grpc::Status::OK);
}

void HealthService::Watch(Stream& stream, const Request& request) {
  if (request.service().size() > kMaxName) return stream.Finish(NameTooLong());
  std::shared_ptr<Watcher> watcher;
  {
    MutexLock lock(mutex_);
    if (watchers_.size() < max_watches_) {
      watcher = std::make_shared<Watcher>(*this, stream, FindState(request.service()));
      // Before anybody else knows it.
      stream.Begin(*watcher);
      watchers_.insert(watcher);
      watcher->Note();
    }
  }
  if (watcher) {
    watcher->Proceed();
  } else {
    stream.Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "there are as many watches of health as the server takes: use Check"});
  }
}

void HealthService::Remove(const std::shared_ptr<Watcher>& watcher) {
  MutexLock lock(mutex_);
  watchers_.erase(watcher);
}

}  // namespace signet::rpc
