#include "server/core/executor.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/shutting_down.h"

namespace signet::core {
namespace {

// A queue of the default length is worked off in about this time, with a token that takes a millisecond or so.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(100);

}  // namespace

Executor::Executor(const Options& options) : queue_limit_(std::max<size_t>(options.queue_limit, 1)) {
  const int workers = std::max(options.workers, 1);
  {
    MutexLock lock(mutex_);
    idle_ = static_cast<size_t>(workers);
  }
  MutexLock lock(join_mutex_);
  threads_.reserve(static_cast<size_t>(workers));
  for (int worker = 0; worker < workers; ++worker) {
    threads_.emplace_back([this, worker] { Work(worker); });
  }
}

Executor::~Executor() { Shutdown(); }

absl::Status Executor::Submit(Task task, const std::string& owner) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return ShuttingDown();
    // A task that an idle thread has yet to wake up for does not wait behind others, so it does not count against the limit.
    const auto queue = queues_.find(owner);
    const size_t own = queue == queues_.end() ? 0 : queue->second.size();
    const bool share_is_full = !owner.empty() && own >= (queue_limit_ + 1) / 2 + idle_;
    if (queued_ >= queue_limit_ + idle_ || share_is_full) {
      return Error(absl::StatusCode::kResourceExhausted, reason::kQueueFull, "the queue is full: retry with backoff", {},
                   kRetryDelay);
    }
    if (own == 0) turns_.push_back(owner);
    queues_[owner].push_back(std::move(task));
    ++queued_;
  }
  wake_.NotifyOne();
  return absl::OkStatus();
}

void Executor::Shutdown() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  MutexLock lock(join_mutex_);
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t Executor::queue_depth() const {
  MutexLock lock(mutex_);
  return queued_;
}

Executor::Task Executor::TakeNext() {
  const std::string owner = std::move(turns_.front());
  turns_.pop_front();
  const auto queue = queues_.find(owner);
  Task task = std::move(queue->second.front());
  queue->second.pop_front();
  if (queue->second.empty()) {
    queues_.erase(queue);
  } else {
    turns_.push_back(owner);
  }
  --queued_;
  return task;
}

void Executor::Work(int worker) {
  while (true) {
    Task task;
    {
      MutexLock lock(mutex_);
      while (queued_ == 0 && !stopping_) wake_.Wait(mutex_);
      if (queued_ == 0) return;
      task = TakeNext();
      --idle_;
    }
    task(worker);
    // What the task holds dies before the thread counts as idle.
    task = nullptr;
    MutexLock lock(mutex_);
    ++idle_;
  }
}

}  // namespace signet::core
