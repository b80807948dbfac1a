#ifndef SIGNET_SERVER_CORE_EXECUTOR_H_
#define SIGNET_SERVER_CORE_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/mutex.h"

namespace signet::core {

// Executor runs blocking work (HSM, store) on its own threads, so that no thread that serves others waits. Thread-safe.
class Executor {
 public:
  struct Options {
    // Threads; at least 1.
    int workers = 1;
    // Tasks that may wait while every thread is busy; at least 1.
    size_t queue_limit = 1;
  };
  // A task learns which worker runs it, 0 to workers - 1, so that it can use what belongs to that worker, such as its Signer.
  using Task = absl::AnyInvocable<void(int worker)>;

  explicit Executor(const Options& options);
  // As Shutdown.
  ~Executor();

  // Queues `task` of `owner`, such as a tenant. The tasks of an owner start in the order of submission, and owners take turns, so
  // that a flood of one lets each of the others wait for a task of its, not for all. An owner that is named gets half of the queue
  // at most. Never waits. A task may submit others.
  //   kResourceExhausted  QUEUE_FULL: safe to retry with backoff, and says when; `task` is dropped unrun
  //   kUnavailable        SHUTTING_DOWN
  absl::Status Submit(Task task, const std::string& owner = "");

  // Accepts no more, runs what is queued, and joins the threads. Idempotent; every call returns only when all is done.
  // WARNING: a task that calls it waits for itself.
  void Shutdown();

  // Tasks that wait now.
  size_t queue_depth() const;

 private:
  void Work(int worker);
  // Takes the task whose turn it is; there must be one.
  Task TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t queue_limit_;
  mutable Mutex mutex_;
  CondVar wake_;
  // What waits, by its owner; and the owners of which something waits, the one whose turn is next at the front.
  std::map<std::string, std::deque<Task>> queues_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  size_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  // Threads that run no task.
  size_t idle_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Held while joining, so that a second Shutdown waits for the first.
  Mutex join_mutex_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_EXECUTOR_H_
