#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/time/clock.h"
#include "base/mutex.h"

namespace signet::bench {
namespace {

// Countdown waits until all of its calls have ended.
class Countdown {
 public:
  explicit Countdown(int count) : left_(count) {}

  void End() {
    if (left_.fetch_sub(1) != 1) return;
    MutexLock lock(mutex_);
    done_ = true;
    ended_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(mutex_);
    while (!done_) ended_.Wait(mutex_);
  }

 private:
  std::atomic<int> left_;
  Mutex mutex_;
  CondVar ended_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// Load keeps calls in flight: each that ends starts the next. It lives until the last has ended.
class Load {
 public:
  Load(const StartCall& start, int count) : start_(start), to_start_(count), to_end_(count) {}

  void StartNext() {
    if (to_start_.fetch_sub(1) <= 0) return;
    start_([this](const grpc::Status& status) {
      if (!status.ok()) ++failed_;
      StartNext();
      to_end_.End();
    });
  }
  int WaitUntilDone() {
    to_end_.Wait();
    return failed_;
  }

 private:
  const StartCall& start_;
  std::atomic<int> to_start_;
  Countdown to_end_;
  std::atomic<int> failed_ = 0;
};

}  // namespace

int RunAtOnce(const StartCall& start, int count, int in_flight) {
  Load load(start, count);
  for (int i = 0; i < std::min(in_flight, count); ++i) load.StartNext();
  return load.WaitUntilDone();
}

PacedRun RunPaced(const StartCall& start, double per_second, absl::Duration length) {
  const int count = static_cast<int>(per_second * absl::ToDoubleSeconds(length));
  PacedRun run;
  run.latencies.resize(static_cast<size_t>(count));
  std::atomic<int> failed = 0;
  Countdown to_end(count);
  const absl::Time begin = absl::Now();
  for (int i = 0; i < count; ++i) {
    const absl::Time due = begin + absl::Seconds(i / per_second);
    if (const absl::Duration early = due - absl::Now(); early > absl::ZeroDuration()) absl::SleepFor(early);
    start([&, i, due](const grpc::Status& status) {
      if (!status.ok()) ++failed;
      run.latencies[static_cast<size_t>(i)] = absl::Now() - due;
      to_end.End();
    });
  }
  to_end.Wait();
  run.failed = failed;
  std::sort(run.latencies.begin(), run.latencies.end());
  return run;
}

}  // namespace signet::bench
