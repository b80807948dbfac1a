#ifndef SIGNET_SERVER_CORE_JOB_H_
#define SIGNET_SERVER_CORE_JOB_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace signet::core {

// Job is a piece of work for an Executor, whose caller can be answered without it if it hangs.
class Job {
 public:
  virtual ~Job() = default;

  // Does the work, on the thread of `worker`, so that it can use what belongs to that worker, such as its Signer.
  //
  // It may be given up while it is in a call that the worker marks. Then it must touch nothing any more that belongs to its caller,
  // and what it needs for the call itself and for its own end has to be its own.
  virtual void Run(int worker) = 0;

  // Takes the answer away from Run, which is in a marked call and waits in EndCall for this to return; must not wait for anything.
  // Returns false if it cannot be taken away, so that the caller waits for Run, however long that takes.
  virtual bool Claim() { return false; }

  // Answers with `status`, in place of Run: after Claim; or after the job waited and is never to be run.
  virtual void GiveUp(const absl::Status& status) { static_cast<void>(status); }

  // Until when its caller waits. If it has passed while Run is in a marked call, the job is given up.
  virtual absl::Time deadline() const { return absl::InfiniteFuture(); }
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_JOB_H_
