#include "server/core/executor.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/shutting_down.h"

namespace signet::core {
namespace {

// A queue of the default length is worked off in about this time, with a token that takes a millisecond or so.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(100);

absl::Status Hangs() {
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the HSM hangs: retry, or ask another replica");
}

}  // namespace

Executor::Executor(const Options& options)
    : workers_(std::max(options.workers, 1)),
      queue_limit_(std::max<size_t>(options.queue_limit, 1)),
      watch_(options.watch),
      call_timeout_(options.call_timeout),
      seats_([&] {
        std::vector<std::unique_ptr<Seat>> seats;
        const int capacity = workers_ + std::max(options.spares, 0);
        for (int i = 0; i < capacity; ++i) seats.push_back(std::make_unique<Seat>());
        return seats;
      }()) {
  {
    MutexLock lock(mutex_);
    for (int i = 0; i < workers_; ++i) StartWorker();
  }
  if (call_timeout_ == absl::InfiniteDuration()) return;
  MutexLock lock(join_mutex_);
  watchdog_ = std::thread([this] { LookAfterWorkers(); });
}

Executor::~Executor() {
  Shutdown();
  for (const std::unique_ptr<Seat>& seat : seats_) {
    if (seat->thread.joinable()) seat->thread.join();
  }
}

absl::Status Executor::Submit(std::shared_ptr<Job> job, const std::string& owner) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return ShuttingDown();
    if (live_ == 0) return Hangs();
    // A task that an idle thread has yet to wake up for does not wait behind others, so it does not count against the limit.
    const auto queue = queues_.find(owner);
    const size_t own = queue == queues_.end() ? 0 : queue->second.size();
    const bool share_is_full = !owner.empty() && own >= (queue_limit_ + 1) / 2 + idle_;
    if (queued_ >= queue_limit_ + idle_ || share_is_full) {
      return Error(absl::StatusCode::kResourceExhausted, reason::kQueueFull, "the queue is full: retry with backoff", {},
                   kRetryDelay);
    }
    if (own == 0) turns_.push_back(owner);
    queues_[owner].push_back(std::move(job));
    ++queued_;
  }
  wake_.NotifyOne();
  return absl::OkStatus();
}

void Executor::Shutdown() {
  MutexLock join_lock(join_mutex_);
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
    // The watchdog goes on looking: what hangs now is given up, too.
    while (live_ > 0) left_.Wait(mutex_);
    stop_looking_ = true;
    look_.NotifyAll();
  }
  if (watchdog_.joinable()) watchdog_.join();
}

size_t Executor::queue_depth() const {
  MutexLock lock(mutex_);
  return queued_;
}

std::shared_ptr<Job> Executor::TakeNext() {
  const std::string owner = std::move(turns_.front());
  turns_.pop_front();
  const auto queue = queues_.find(owner);
  std::shared_ptr<Job> job = std::move(queue->second.front());
  queue->second.pop_front();
  if (queue->second.empty()) {
    queues_.erase(queue);
  } else {
    turns_.push_back(owner);
  }
  --queued_;
  return job;
}

std::deque<std::shared_ptr<Job>> Executor::TakeAll() {
  std::deque<std::shared_ptr<Job>> jobs;
  while (queued_ > 0) jobs.push_back(TakeNext());
  return jobs;
}

void Executor::StartWorker() {
  const auto free = std::find_if(seats_.begin(), seats_.end(),
                                 [](const std::unique_ptr<Seat>& seat) { return seat->state == Seat::State::kFree; });
  if (free == seats_.end()) return;
  Seat& seat = **free;
  // Who sat here has ended, or does nothing more but end.
  if (seat.thread.joinable()) seat.thread.join();
  try {
    seat.thread = std::thread([this, worker = static_cast<int>(free - seats_.begin())] { Work(worker); });
  } catch (const std::system_error&) {
    return;  // The system has no thread left: there is one worker less.
  }
  seat.state = Seat::State::kAtWork;
  ++live_;
  ++idle_;
}

void Executor::Work(int worker) {
  Seat& seat = *seats_[static_cast<size_t>(worker)];
  while (true) {
    // Before the thread counts as idle, what it holds has died.
    std::shared_ptr<Job> job;
    {
      MutexLock lock(mutex_);
      while (queued_ == 0 && !stopping_) wake_.Wait(mutex_);
      --idle_;
      if (queued_ == 0) {
        seat.state = Seat::State::kFree;
        --live_;
        left_.NotifyAll();
        return;
      }
      job = TakeNext();
      seat.job = &job;
    }
    RunJob(worker, *job);
    job = nullptr;
    if (!EndTask(seat)) return;
  }
}

void Executor::RunJob(int worker, Job& job) {
  CallMark& mark = this->mark(worker);
  mark.BeginTask(job.deadline());
  if (watch_ == Watch::kTasks) mark.BeginCall();
  job.Run(worker);
  if (watch_ == Watch::kTasks) mark.EndCall();
}

bool Executor::EndTask(Seat& seat) {
  MutexLock lock(mutex_);
  if (seat.state == Seat::State::kHanging) {
    --hanging_;
    if (live_ >= workers_ || (stopping_ && queued_ == 0)) {
      seat.state = Seat::State::kFree;
      return false;
    }
    seat.state = Seat::State::kAtWork;
    ++live_;
  }
  ++idle_;
  return true;
}

void Executor::LookAfterWorkers() {
  while (true) {
    for (const std::unique_ptr<Seat>& seat : seats_) LookAt(*seat);
    MutexLock lock(mutex_);
    if (stop_looking_) return;
    look_.WaitFor(mutex_, kLookInterval);
  }
}

void Executor::LookAt(Seat& seat) {
  const std::optional<CallMark::Look> look = seat.mark.Peek();
  if (!look) return;
  std::deque<std::shared_ptr<Job>> orphans;
  std::shared_ptr<Job> job;
  absl::Status status = Hangs();
  if (look->age > call_timeout_ && !look->is_abandoned) {
    job = Abandon(seat, *look, orphans);
  } else if (look->is_late && !look->is_given_up && watch_ == Watch::kMarkedCalls) {
    job = GiveUp(seat, *look);
    status = Error(absl::StatusCode::kDeadlineExceeded, reason::kDeadlinePassed, "the deadline passed in the HSM");
  }
  // Outside all locks: to answer may take a while.
  if (job) job->GiveUp(status);
  for (const std::shared_ptr<Job>& orphan : orphans) orphan->GiveUp(Hangs());
}

std::shared_ptr<Job> Executor::GiveUp(Seat& seat, const CallMark::Look& look) {
  MutexLock lock(mutex_);
  MutexLock settling(seat.mark.settling());
  if (!seat.mark.Judge(look, CallMark::Verdict::kGiveUp)) return nullptr;
  // The worker does not get past settling() with it.
  return (*seat.job)->Claim() ? *seat.job : nullptr;
}

std::shared_ptr<Job> Executor::Abandon(Seat& seat, const CallMark::Look& look, std::deque<std::shared_ptr<Job>>& orphans) {
  MutexLock lock(mutex_);
  MutexLock settling(seat.mark.settling());
  if (!seat.mark.Judge(look, CallMark::Verdict::kAbandon)) return nullptr;
  ++hung_calls_;
  ++hanging_;
  seat.state = Seat::State::kHanging;
  --live_;
  if (!stopping_ || queued_ > 0) StartWorker();
  if (live_ == 0) orphans = TakeAll();
  left_.NotifyAll();
  if (look.is_given_up || !(*seat.job)->Claim()) return nullptr;
  return *seat.job;
}

}  // namespace signet::core
