#include "server/core/key_watch_hub.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/job.h"
#include "server/core/shutting_down.h"

namespace signet::core {
namespace {

// After so many reads the task goes to the end of the executor's queue, so that other calls have their turn.
constexpr int kReadsPerTask = 32;

// On the monotonic clock, with an arbitrary beginning.
absl::Time MonotonicNow() { return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

absl::Status NoPlace(FairPlaces::Answer answer, const FairPlaces& places) {
  const bool is_full = answer == FairPlaces::Answer::kFull;
  return Error(absl::StatusCode::kResourceExhausted, reason::kWatchLimit,
               absl::StrCat(is_full ? "the server" : "the tenant", " has ", is_full ? places.limit() : places.share(),
                            " watches, as many as it may: watch another replica"));
}

}  // namespace

// Task has those read whose turn it is.
class KeyWatchHub::Task final : public Job {
 public:
  explicit Task(KeyWatchHub& hub) : hub_(hub) {}
  void Run(int) override { hub_.TakeTurns(); }
  // It waited, as it cannot be claimed.
  void GiveUp(const absl::Status& status) override { hub_.OnTaskRefused(status); }

 private:
  KeyWatchHub& hub_;
};

KeyWatchHub::KeyWatchHub(const Options& options, KeyDirectory& directory, Executor& executor)
    : options_(options), directory_(directory), executor_(executor), places_(options.max_watchers) {
  subscription_ = directory_.Subscribe([this](const std::vector<keystore::TenantId>& changed) {
    {
      MutexLock lock(mutex_);
      changed_.insert(changed.begin(), changed.end());
    }
    bell_.NotifyOne();
  });
  thread_ = std::thread([this] { Run(); });
}

KeyWatchHub::~KeyWatchHub() {
  Shutdown();
  subscription_.reset();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  bell_.NotifyOne();
  thread_.join();
  MutexLock lock(mutex_);
  while (task_started_) task_ended_.Wait(mutex_);
}

absl::Status KeyWatchHub::Add(std::shared_ptr<KeyWatcher> watcher, const std::string& owner) {
  MutexLock lock(mutex_);
  if (shut_down_) return ShuttingDown();
  const FairPlaces::Answer answer = places_.Take(owner);
  if (answer != FairPlaces::Answer::kTaken) return NoPlace(answer, places_);
  watchers_.emplace(std::move(watcher), Place{owner});
  return absl::OkStatus();
}

void KeyWatchHub::Remove(const std::shared_ptr<KeyWatcher>& watcher) {
  MutexLock lock(mutex_);
  const auto place = watchers_.find(watcher);
  if (place == watchers_.end()) return;
  places_.Leave(place->second.owner);
  watchers_.erase(place);
  turns_.erase(std::remove(turns_.begin(), turns_.end(), watcher), turns_.end());
}

void KeyWatchHub::RequestRead(std::shared_ptr<KeyWatcher> watcher) {
  {
    MutexLock lock(mutex_);
    if (!watchers_.contains(watcher)) return;
    turns_.push_back(std::move(watcher));
  }
  StartTask();
}

void KeyWatchHub::Shutdown() {
  std::deque<std::shared_ptr<KeyWatcher>> turns;
  {
    MutexLock lock(mutex_);
    shut_down_ = true;
    turns.swap(turns_);
  }
  for (const std::shared_ptr<KeyWatcher>& watcher : Watchers()) watcher->End(ShuttingDown());
}

void KeyWatchHub::Run() {
  absl::Time next_look = MonotonicNow() + options_.look_interval;
  absl::Time next_check = MonotonicNow() + options_.check_interval;
  while (true) {
    for (const std::shared_ptr<KeyWatcher>& watcher : AwaitDue(next_look, next_check)) watcher->Wake();
    if (MonotonicNow() >= next_check) {
      for (const std::shared_ptr<KeyWatcher>& watcher : Watchers()) watcher->Check();
      next_check = MonotonicNow() + options_.check_interval;
    }
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
    }
    StartTask();
  }
}

std::vector<std::shared_ptr<KeyWatcher>> KeyWatchHub::AwaitDue(absl::Time& next_look, absl::Time next_check) {
  {
    MutexLock lock(mutex_);
    const absl::Duration until_due = std::max(std::min(next_look, next_check) - MonotonicNow(), absl::ZeroDuration());
    if (changed_.empty() && !stopping_) bell_.WaitFor(mutex_, std::exchange(refused_, false) ? options_.retry_delay : until_due);
  }
  const bool looks = MonotonicNow() >= next_look;
  if (looks) next_look = MonotonicNow() + options_.look_interval;
  const keystore::Revision revision = directory_.revision();
  std::vector<std::shared_ptr<KeyWatcher>> due;
  MutexLock lock(mutex_);
  const std::set<keystore::TenantId> changed = std::exchange(changed_, {});
  for (const auto& [watcher, place] : watchers_) {
    if (changed.contains(watcher->tenant()) || (looks && place.seen < revision)) due.push_back(watcher);
  }
  return due;
}

std::vector<std::shared_ptr<KeyWatcher>> KeyWatchHub::Watchers() {
  MutexLock lock(mutex_);
  std::vector<std::shared_ptr<KeyWatcher>> watchers;
  for (const auto& [watcher, place] : watchers_) watchers.push_back(watcher);
  return watchers;
}

void KeyWatchHub::StartTask() {
  {
    MutexLock lock(mutex_);
    if (task_started_ || turns_.empty()) return;
    task_started_ = true;
  }
  SubmitTask();
}

void KeyWatchHub::SubmitTask() {
  const absl::Status submitted = executor_.Submit(std::make_shared<Task>(*this));
  if (!submitted.ok()) OnTaskRefused(submitted);
}

void KeyWatchHub::OnTaskRefused(const absl::Status& status) {
  // Whatever else it is will pass: a queue that is full, workers of which each hangs.
  const bool is_over = GetReason(status) == reason::kShuttingDown;
  if (is_over) Shutdown();
  // All under the lock: without a task, this object may be destroyed as soon as the lock is released.
  MutexLock lock(mutex_);
  task_started_ = false;
  refused_ = !is_over;
  bell_.NotifyOne();
  task_ended_.NotifyAll();
}

void KeyWatchHub::TakeTurns() {
  for (int reads = 0; reads < kReadsPerTask; ++reads) {
    std::shared_ptr<KeyWatcher> watcher;
    // Before the read: what the directory learns of meanwhile has it read again.
    const keystore::Revision revision = directory_.revision();
    {
      MutexLock lock(mutex_);
      if (turns_.empty()) {
        task_started_ = false;
        task_ended_.NotifyAll();
        return;
      }
      watcher = std::move(turns_.front());
      turns_.pop_front();
      watchers_.find(watcher)->second.seen = revision;
    }
    watcher->Read();
  }
  SubmitTask();
}

}  // namespace signet::core
