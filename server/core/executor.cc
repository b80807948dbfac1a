#include "server/core/executor.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/shutting_down.h"

namespace signet::core {
namespace {

// A queue of the default length is worked off in about this time, with a token that takes a millisecond or so.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(100);
// What a worker does in a turn before it looks into the source again: at most so many jobs, in about so much time.
constexpr int kTurnJobs = 16;
constexpr std::chrono::microseconds kTurnTime{1000};
// Nobody has looked into the source for so long, although calls were quick: one of them is not.
constexpr std::chrono::milliseconds kStall{5};
// How often the watchdog looks while workers run jobs.
constexpr absl::Duration kBusyLookInterval = absl::Milliseconds(10);

thread_local bool in_turn = false;

absl::Status Hangs() {
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the HSM hangs: retry, or ask another replica");
}

}  // namespace

Executor::Executor(const Options& options)
    : workers_(std::max(options.workers, 1)),
      queue_limit_(std::max<size_t>(options.queue_limit, 1)),
      watch_(options.watch),
      call_timeout_(options.call_timeout),
      quick_workers_(std::max(options.quick_workers, 1)),
      seats_([&] {
        std::vector<std::unique_ptr<Seat>> seats;
        const int capacity = workers_ + std::max(options.spares, 0);
        seats.reserve(static_cast<size_t>(capacity));
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
    const bool share_is_full = !owner.empty() && queue_.SizeOf(owner) >= (queue_limit_ + 1) / 2 + idle_;
    if (queue_.size() >= queue_limit_ + idle_ || share_is_full) {
      return Error(absl::StatusCode::kResourceExhausted, reason::kQueueFull, "the queue is full: retry with backoff", {},
                   kRetryDelay);
    }
    queue_.Push(std::move(job), owner);
    // Who looks into the source does what is found there next.
    if (poller_ == Poller::kWorker && poller_thread_ == std::this_thread::get_id()) return absl::OkStatus();
    // The only one who could do it is there. Or all who are to are at work: were somebody to stay there, nobody would notice that
    // they do not come back.
    if ((poller_ == Poller::kWorker && idle_ == 1) || (poller_ != Poller::kNobody && IsCrowded())) WakeSource();
  }
  wake_.NotifyOne();
  return absl::OkStatus();
}

void Executor::Attach(WorkSource& source) {
  MutexLock lock(mutex_);
  source_ = &source;
  stand_in_ = std::thread([this] { StandIn(); });
}

void Executor::Detach() {
  {
    MutexLock lock(mutex_);
    if (source_ == nullptr) return;
    detaching_ = true;
    stand_in_bell_.NotifyAll();
    // Those for whom there were too many others at work.
    wake_.NotifyAll();
    WakeSource();
    while (poller_ != Poller::kNobody || source_users_ > 0) left_.Wait(mutex_);
    source_ = nullptr;
  }
  stand_in_.join();
}

void Executor::Shutdown() {
  MutexLock join_lock(join_mutex_);
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
    stand_in_bell_.NotifyAll();
    if (poller_ == Poller::kWorker) WakeSource();
    // The watchdog goes on looking: what hangs now is given up, too.
    while (live_ > 0) left_.Wait(mutex_);
    stop_looking_ = true;
    look_.NotifyAll();
    stand_in_bell_.NotifyAll();
  }
  if (watchdog_.joinable()) watchdog_.join();
}

bool Executor::InTurn() { return in_turn; }

int Executor::concurrency() const {
  MutexLock lock(mutex_);
  return WorkersPoll() ? std::min(quick_workers_, workers_) : workers_;
}

size_t Executor::queue_depth() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

std::deque<std::shared_ptr<Job>> Executor::TakeAll() {
  std::deque<std::shared_ptr<Job>> jobs;
  while (!queue_.empty()) jobs.push_back(queue_.Pop());
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
  // Before the thread counts as idle, what it holds has died.
  std::shared_ptr<Job> job;
  while (AwaitJob(*seats_[static_cast<size_t>(worker)], job)) {
    if (!RunTurn(worker, job)) return;
  }
}

bool Executor::AwaitJob(Seat& seat, std::shared_ptr<Job>& job) {
  MutexLock lock(mutex_);
  bool polled = false;
  while (true) {
    if (WorkersPoll() && poller_ == Poller::kNobody && (queue_.empty() || !polled)) {
      Poll(Poller::kWorker, queue_.empty() ? WorkSource::Wait::kUntilWoken : WorkSource::Wait::kNot);
      polled = true;
    } else if (!queue_.empty() && !IsCrowded()) {
      break;
    } else if (stopping_) {
      --idle_;
      --live_;
      seat.state = Seat::State::kFree;
      left_.NotifyAll();
      return false;
    } else {
      wake_.Wait(mutex_);
    }
  }
  --idle_;
  job = queue_.Pop();
  seat.job = &job;
  if (WorkersPoll()) {
    seat.in_turn = true;
    ++source_users_;
    if (queue_.size() >= kTurnJobs && busy() < quick_workers_) wake_.NotifyOne();
  }
  in_turn = seat.in_turn;
  return true;
}

bool Executor::RunTurn(int worker, std::shared_ptr<Job>& job) {
  Seat& seat = *seats_[static_cast<size_t>(worker)];
  const auto end = std::chrono::steady_clock::now() + kTurnTime;
  bool is_needed = true;
  for (int jobs = 1; job != nullptr; ++jobs) {
    RunJob(worker, *job);
    job = nullptr;
    const bool goes_on = in_turn && jobs < kTurnJobs && std::chrono::steady_clock::now() < end;
    MutexLock lock(mutex_);
    is_needed = EndTask(seat);
    // Whose worker was abandoned, has left the source already. If it is not needed, its seat is another's from now on.
    in_turn = in_turn && seat.in_turn;
    if (is_needed && goes_on && in_turn && WorkersPoll() && !queue_.empty()) {
      --idle_;
      job = queue_.Pop();
    }
  }
  if (std::exchange(in_turn, false)) EndTurn(seat);
  return is_needed;
}

void Executor::RunJob(int worker, Job& job) {
  CallMark& mark = this->mark(worker);
  mark.BeginTask(job.deadline());
  if (watch_ == Watch::kTasks) mark.BeginCall();
  job.Run(worker);
  if (watch_ == Watch::kTasks) mark.EndCall();
}

bool Executor::EndTask(Seat& seat) {
  NotePace(seat);
  if (seat.state == Seat::State::kHanging) {
    --hanging_;
    if (live_ >= workers_ || (stopping_ && queue_.empty())) {
      seat.state = Seat::State::kFree;
      return false;
    }
    seat.state = Seat::State::kAtWork;
    ++live_;
  }
  ++idle_;
  return true;
}

void Executor::NotePace(Seat& seat) {
  const CallMark::Cost cost = seat.mark.TakeCost();
  if (cost.calls == 0) return;
  if (pace_.slow()) {
    pace_.Note(cost.calls, cost.nanoseconds);
    if (source_ != nullptr && busy() > quick_workers_) pace_.Try(std::chrono::steady_clock::now());
  } else if (seat.in_turn) {
    // What was begun before calls were quick, among many others, does not count any more.
    pace_.Note(cost.calls, cost.nanoseconds);
    if (pace_.slow()) TellSlow();
  }
}

void Executor::EndTurn(Seat& seat) {
  WorkSource* source = nullptr;
  {
    MutexLock lock(mutex_);
    seat.in_turn = false;
    source = source_;
  }
  source->Flush();
  MutexLock lock(mutex_);
  ReleaseSource();
}

bool Executor::WorkersPoll() const { return source_ != nullptr && !detaching_ && !stopping_ && !pace_.slow(); }

void Executor::Poll(Poller poller, WorkSource::Wait wait) {
  poller_ = poller;
  poller_thread_ = std::this_thread::get_id();
  WorkSource* const source = source_;
  mutex_.Unlock();
  source->Poll(wait);
  mutex_.Lock();
  poller_ = Poller::kNobody;
  polled_ = std::chrono::steady_clock::now();
  if (detaching_) left_.NotifyAll();
  if (poller == Poller::kWorker && !WorkersPoll()) TellSlow();
}

void Executor::WakeSource() {
  ++source_users_;
  WorkSource* const source = source_;
  mutex_.Unlock();
  source->Wake();
  mutex_.Lock();
  ReleaseSource();
}

void Executor::ReleaseSource() {
  if (--source_users_ == 0 && detaching_) left_.NotifyAll();
}

void Executor::TellSlow() {
  stand_in_bell_.NotifyAll();
  if (!queue_.empty()) wake_.NotifyAll();
}

void Executor::StandIn() {
  MutexLock lock(mutex_);
  while (!detaching_) {
    if (WorkersPoll() || poller_ != Poller::kNobody) {
      stand_in_bell_.Wait(mutex_);
      continue;
    }
    Poll(Poller::kStandIn, WorkSource::Wait::kUntilWoken);
    if (WorkersPoll()) wake_.NotifyOne();
  }
}

void Executor::LookAfterWorkers() {
  while (true) {
    for (const std::unique_ptr<Seat>& seat : seats_) LookAt(*seat);
    LookAtSource();
    MutexLock lock(mutex_);
    if (stop_looking_) return;
    look_.WaitFor(mutex_, busy() > 0 ? kBusyLookInterval : kLookInterval);
  }
}

void Executor::LookAtSource() {
  MutexLock lock(mutex_);
  if (!WorkersPoll() || poller_ != Poller::kNobody || std::chrono::steady_clock::now() - polled_ < kStall) return;
  pace_.NoteStall();
  TellSlow();
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
  if (std::exchange(seat.in_turn, false)) ReleaseSource();
  --live_;
  if (!stopping_ || !queue_.empty()) StartWorker();
  if (live_ == 0) orphans = TakeAll();
  left_.NotifyAll();
  // There may be too few at work now.
  wake_.NotifyOne();
  if (look.is_given_up || !(*seat.job)->Claim()) return nullptr;
  return *seat.job;
}

}  // namespace signet::core
