#ifndef SIGNET_SERVER_CORE_EXECUTOR_H_
#define SIGNET_SERVER_CORE_EXECUTOR_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "server/core/call_mark.h"
#include "server/core/fair_queue.h"
#include "server/core/job.h"
#include "server/core/pace.h"
#include "server/core/work_source.h"

namespace signet::core {

// Executor runs blocking work (HSM, store) on its own threads, so that no thread that serves others waits. Thread-safe.
//
// It outlives calls that hang. What a worker is in for longer than `call_timeout` hangs: the worker's task is given up, which
// answers its caller, and the worker is replaced by a spare one, as long as there are any. When the call returns after all, its
// worker takes the place of one that is missing, or waits to be the next spare. While every worker hangs, nothing is accepted and
// what waits is given up. A thread that looks after the workers, at least every kLookInterval, does all that.
//
// With a WorkSource, its workers look into that while they have nothing else to do, and do what they find there themselves: as long
// as calls are quick (Pace), a few workers are all that runs, and no thread waits to be woken by another. When calls are slow, or
// one does not return, a thread that runs no jobs, the stand-in, looks into the source, and hands each job to a worker. All workers
// run then, so that calls may be slow because of each other: from time to time it is tried with the few.
class Executor {
 public:
  // What is watched: the calls that the workers' tasks mark themselves (mark), or each task as a whole.
  enum class Watch { kMarkedCalls, kTasks };
  struct Options {
    // Threads; at least 1.
    int workers = 1;
    // Tasks that may wait while every thread is busy; at least 1.
    size_t queue_limit = 1;
    // How many workers can be replaced.
    int spares = 0;
    Watch watch = Watch::kMarkedCalls;
    // Infinite: nothing is watched.
    absl::Duration call_timeout = absl::InfiniteDuration();
    // Workers that run jobs at once while calls are quick and there is a source; more would be in each other's way.
    int quick_workers = 1;
  };
  static constexpr absl::Duration kLookInterval = absl::Milliseconds(50);

  explicit Executor(const Options& options);
  // As Shutdown, and waits for workers that hang, as they know this object: a process that is to end nevertheless must not destroy
  // it (hanging_workers).
  ~Executor();

  // Queues `job` of `owner`, such as a tenant. The jobs of an owner start in the order of submission, and owners take turns, so
  // that a flood of one lets each of the others wait for a job of its, not for all. An owner that is named gets half of the queue
  // at most. Never waits. A job may submit others.
  //   kResourceExhausted  QUEUE_FULL: safe to retry with backoff, and says when; `job` is dropped unrun
  //   kUnavailable        SHUTTING_DOWN; or HSM_UNAVAILABLE: every worker hangs
  absl::Status Submit(std::shared_ptr<Job> job, const std::string& owner = "");
  // The same for a function of the worker, which cannot be given up.
  template <typename Task>
  requires std::is_invocable_v<Task&, int> absl::Status Submit(Task task, const std::string& owner = "") {
    return Submit(std::make_shared<Function<Task>>(std::move(task)), owner);
  }

  // Has `source` looked into from now on, until Detach, which returns when nobody is in it any more; both once.
  // WARNING: without call_timeout nobody notices that a call does not return, and a worker that was quick before keeps the source.
  void Attach(WorkSource& source);
  void Detach();

  // Accepts no more, runs what is queued, and ends the threads but for those that hang. Idempotent; every call returns only when
  // all that is done. The source is looked into further.
  // WARNING: a task that calls it waits for itself.
  void Shutdown();

  // How many run at once: the workers have the numbers from 0 to below capacity(), of which so many are in use at a time.
  int workers() const { return workers_; }
  // How many run jobs at once now: fewer while calls are quick.
  int concurrency() const;
  // Workers and spare ones.
  int capacity() const { return static_cast<int>(seats_.size()); }
  // Where `worker` marks its calls.
  CallMark& mark(int worker) { return seats_[static_cast<size_t>(worker)]->mark; }

  // Whether this thread runs a job of a turn, so that what it answers will be flushed (WorkSource).
  static bool InTurn();

  // Tasks that wait now.
  size_t queue_depth() const;
  // Calls that were found hanging, each once.
  uint64_t hung_calls() const { return hung_calls_; }
  // Workers whose call hangs now.
  int hanging_workers() const { return hanging_; }

 private:
  template <typename Task>
  class Function final : public Job {
   public:
    explicit Function(Task task) : task_(std::move(task)) {}
    void Run(int worker) override { task_(worker); }

   private:
    Task task_;
  };

  // Seat is where a worker is, or can be.
  struct Seat {
    CallMark mark;
    // What follows is guarded by mutex_, but that only a thread that was joined, or is about to be, is not running.
    enum class State { kFree, kAtWork, kHanging } state = State::kFree;
    // It is in a turn, and will use the source at its end.
    bool in_turn = false;
    // Where the worker holds the job it is at. Only to be looked at while the worker is in a marked call, and kept from leaving.
    const std::shared_ptr<Job>* job = nullptr;
    std::thread thread;
  };
  enum class Poller { kNobody, kWorker, kStandIn };

  void Work(int worker);
  // Waits for a job and takes it; false if there will be none for this worker.
  bool AwaitJob(Seat& seat, std::shared_ptr<Job>& job);
  // Runs `job`, and more while calls are quick. False if the worker is not needed any more.
  bool RunTurn(int worker, std::shared_ptr<Job>& job);
  void RunJob(int worker, Job& job);
  // Ends the task of a worker; false if the worker is not needed any more.
  bool EndTask(Seat& seat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NotePace(Seat& seat) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndTurn(Seat& seat);
  std::deque<std::shared_ptr<Job>> TakeAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Whether workers look into the source, and not the stand-in.
  bool WorkersPoll() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How many workers run a job.
  int busy() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return live_ - static_cast<int>(idle_); }
  // Whether calls are quick and as many workers run jobs as are to.
  bool IsCrowded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return WorkersPoll() && busy() >= quick_workers_; }
  // Looks into the source. Releases the lock meanwhile.
  void Poll(Poller poller, WorkSource::Wait wait) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeSource() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReleaseSource() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has the stand-in, and all workers, see that calls have become slow.
  void TellSlow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StandIn();

  void LookAfterWorkers();
  void LookAt(Seat& seat);
  // Has the stand-in take over if nobody has looked into the source for too long.
  void LookAtSource();
  // Gives up the worker of `seat`, and whatever waits if it was the last. Returns the job that is to be given up, or null.
  std::shared_ptr<Job> Abandon(Seat& seat, const CallMark::Look& look, std::deque<std::shared_ptr<Job>>& orphans);
  std::shared_ptr<Job> GiveUp(Seat& seat, const CallMark::Look& look);

  const int workers_;
  const size_t queue_limit_;
  const Watch watch_;
  const absl::Duration call_timeout_;
  const int quick_workers_;
  const std::vector<std::unique_ptr<Seat>> seats_;
  std::atomic<uint64_t> hung_calls_ = 0;
  std::atomic<int> hanging_ = 0;

  mutable Mutex mutex_;
  CondVar wake_;
  // A worker has ended, or hangs.
  CondVar left_;
  FairQueue queue_ ABSL_GUARDED_BY(mutex_);
  // Threads that run no task.
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  // Threads that are at work, or ready for it.
  int live_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_looking_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar look_;

  WorkSource* source_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool detaching_ ABSL_GUARDED_BY(mutex_) = false;
  // Those who use the source otherwise than by Poll.
  int source_users_ ABSL_GUARDED_BY(mutex_) = 0;
  Pace pace_ ABSL_GUARDED_BY(mutex_);
  Poller poller_ ABSL_GUARDED_BY(mutex_) = Poller::kNobody;
  std::thread::id poller_thread_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point polled_ ABSL_GUARDED_BY(mutex_);
  CondVar stand_in_bell_;
  std::thread stand_in_;

  // Held while joining, so that a second Shutdown waits for the first.
  Mutex join_mutex_;
  std::thread watchdog_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_EXECUTOR_H_
