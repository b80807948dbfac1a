#include "tests/bench/load.h"

#include <atomic>

#include "base/mutex.h"

namespace signet::bench {
namespace {

// Load keeps calls in flight: each that ends starts the next. It lives until the last has ended.
class Load {
 public:
  Load(v1::KeyService::Stub& stub, const v1::SignTokenRequest& request, int count)
      : stub_(stub), request_(request), to_start_(count), to_end_(count) {}

  void StartNext() {
    if (to_start_.fetch_sub(1) <= 0) return;
    auto* call = new Call;
    stub_.async()->SignToken(&call->context, &request_, &call->response, [this, call](const grpc::Status& status) {
      if (!status.ok()) ++failed_;
      delete call;
      StartNext();
      if (to_end_.fetch_sub(1) == 1) {
        MutexLock lock(mutex_);
        done_ = true;
        ended_.NotifyAll();
      }
    });
  }

  int WaitUntilDone() {
    MutexLock lock(mutex_);
    while (!done_) ended_.Wait(mutex_);
    return failed_;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::SignTokenResponse response;
  };

  v1::KeyService::Stub& stub_;
  const v1::SignTokenRequest& request_;
  std::atomic<int> to_start_;
  std::atomic<int> to_end_;
  std::atomic<int> failed_ = 0;
  Mutex mutex_;
  CondVar ended_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

int SendSignTokens(v1::KeyService::Stub& stub, const v1::SignTokenRequest& request, int count, int in_flight) {
  Load load(stub, request, count);
  for (int i = 0; i < in_flight; ++i) load.StartNext();
  return load.WaitUntilDone();
}

}  // namespace signet::bench
