#ifndef SIGNET_SERVER_CORE_EXECUTOR_H_
#define SIGNET_SERVER_CORE_EXECUTOR_H_

#include <cstddef>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace signet::core {

// Executor runs blocking work (HSM, store) on its own threads, so that no thread that serves others waits. Thread-safe.
class Executor {
 public:
  struct Options {
    // Threads; at least 1.
    int workers = 1;
    // Tasks that may wait for a thread; at least 1.
    size_t queue_limit = 1;
  };
  // A task learns which worker runs it, 0 to workers - 1, so that it can use what belongs to that worker, such as its Signer.
  using Task = absl::AnyInvocable<void(int worker)>;

  explicit Executor(const Options& options);
  // As Shutdown.
  ~Executor();

  // Queues `task`; the order of start is the order of submission.
  //   kResourceExhausted  QUEUE_FULL: safe to retry with backoff; `task` is dropped unrun
  //   kUnavailable        SHUTTING_DOWN
  absl::Status Submit(Task task);

  // Accepts no more, runs what is queued, and joins the threads. Idempotent.
  void Shutdown();

  // Tasks that wait now.
  size_t queue_depth() const;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_EXECUTOR_H_
