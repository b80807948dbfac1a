#include "server/main/health_monitor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace signet::server {

using std::chrono::steady_clock;

HealthMonitor::HealthMonitor(const Options& options, std::vector<Check> checks, Logger& logger)
    : options_(options), logger_(logger) {
  for (Check& check : checks) subjects_.push_back({std::move(check), std::nullopt, absl::OkStatus(), true});
  for (Subject& subject : subjects_) threads_.emplace_back([this, &subject] { Ask(subject); });
  threads_.emplace_back([this] { Watch(); });
}

HealthMonitor::~HealthMonitor() { Stop(); }

void HealthMonitor::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void HealthMonitor::Ask(Subject& subject) {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      subject.asked_at = steady_clock::now();
      changed_.NotifyAll();
    }
    absl::Status answer = subject.check.ask();
    MutexLock lock(mutex_);
    subject.asked_at.reset();
    subject.answer = std::move(answer);
    changed_.NotifyAll();
    const auto next = steady_clock::now() + absl::ToChronoNanoseconds(options_.interval);
    while (!stopping_ && steady_clock::now() < next) changed_.WaitFor(mutex_, absl::FromChrono(next - steady_clock::now()));
  }
}

void HealthMonitor::Watch() {
  while (true) {
    std::vector<std::pair<Subject*, absl::Status>> news;
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      for (Subject& subject : subjects_) {
        absl::Status verdict = Judge(subject);
        if (verdict.ok() == subject.reported_ok) continue;
        subject.reported_ok = verdict.ok();
        news.emplace_back(&subject, std::move(verdict));
      }
      if (news.empty()) changed_.WaitFor(mutex_, TimeToNextVerdict());
    }
    for (const auto& [subject, verdict] : news) {
      if (verdict.ok()) {
        logger_.Log(LogLevel::kInfo, "works again", {{"subject", subject->check.name}});
      } else {
        logger_.Log(LogLevel::kError, "does not work",
                    {{"subject", subject->check.name}, {"reason", GetReason(verdict)}, {"error", std::string(verdict.message())}});
      }
      subject->check.report(verdict.ok());
    }
  }
}

absl::Status HealthMonitor::Judge(const Subject& subject) const {
  if (subject.asked_at && steady_clock::now() - *subject.asked_at >= absl::ToChronoNanoseconds(options_.timeout)) {
    return absl::DeadlineExceededError("it gives no answer");
  }
  return subject.answer;
}

absl::Duration HealthMonitor::TimeToNextVerdict() const {
  absl::Duration time = options_.interval + options_.timeout;
  for (const Subject& subject : subjects_) {
    if (!subject.asked_at) continue;
    const absl::Duration left = options_.timeout - absl::FromChrono(steady_clock::now() - *subject.asked_at);
    // An overdue one has been judged; its answer will notify.
    if (left > absl::ZeroDuration()) time = std::min(time, left);
  }
  return time;
}

}  // namespace signet::server
