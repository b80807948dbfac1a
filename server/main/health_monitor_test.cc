#include "server/main/health_monitor.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::server {
namespace {

// Subject answers as a test tells it, and remembers what was reported.
class Subject {
 public:
  HealthMonitor::Check MakeCheck(const std::string& name) {
    return {name, [this] { return Answer(); }, [this](bool ok) { Report(ok); }};
  }
  void Set(absl::Status answer) {
    MutexLock lock(mutex_);
    answer_ = std::move(answer);
  }
  void Hang(bool hang) {
    MutexLock lock(mutex_);
    hang_ = hang;
    changed_.NotifyAll();
  }
  // Waits for the next report.
  bool NextReport() {
    MutexLock lock(mutex_);
    while (reports_.empty()) changed_.Wait(mutex_);
    const bool ok = reports_.front();
    reports_.erase(reports_.begin());
    return ok;
  }
  bool HasReport() {
    MutexLock lock(mutex_);
    return !reports_.empty();
  }
  // Waits until it has been asked `count` times more.
  void WaitForQuestions(int count) {
    MutexLock lock(mutex_);
    const int end = asked_ + count;
    while (asked_ < end) changed_.Wait(mutex_);
  }

 private:
  absl::Status Answer() {
    MutexLock lock(mutex_);
    ++asked_;
    changed_.NotifyAll();
    while (hang_) changed_.Wait(mutex_);
    return answer_;
  }
  void Report(bool ok) {
    MutexLock lock(mutex_);
    reports_.push_back(ok);
    changed_.NotifyAll();
  }

  Mutex mutex_;
  CondVar changed_;
  absl::Status answer_;
  bool hang_ = false;
  int asked_ = 0;
  std::vector<bool> reports_;
};

// LogLines remembers messages and the fields that are texts.
class LogLines : public Logger {
 public:
  void Log(LogLevel, absl::string_view message, const std::vector<LogField>& fields) override {
    MutexLock lock(mutex_);
    std::string line(message);
    for (const auto& [name, value] : fields) line += " " + std::string(name) + "=" + std::get<std::string>(value);
    lines_.push_back(line);
  }
  std::vector<std::string> lines() {
    MutexLock lock(mutex_);
    return lines_;
  }

 private:
  Mutex mutex_;
  std::vector<std::string> lines_;
};

constexpr HealthMonitor::Options kFast{absl::Milliseconds(1), absl::Milliseconds(50)};

TEST(HealthMonitorTest, ReportsOnlyChanges) {
  LogLines log;
  Subject subject;
  HealthMonitor monitor(kFast, {subject.MakeCheck("hsm")}, log);
  subject.WaitForQuestions(3);
  EXPECT_FALSE(subject.HasReport()) << "it counts as well at the start";
  subject.Set(Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "token absent"));
  EXPECT_FALSE(subject.NextReport());
  subject.WaitForQuestions(3);
  EXPECT_FALSE(subject.HasReport());
  subject.Set(absl::OkStatus());
  EXPECT_TRUE(subject.NextReport());
  monitor.Stop();
  EXPECT_EQ(log.lines(), (std::vector<std::string>{"does not work subject=hsm reason=HSM_UNAVAILABLE error=token absent",
                                                   "works again subject=hsm"}));
}

TEST(HealthMonitorTest, AQuestionThatHangsCountsAsANoUntilItIsAnswered) {
  NullLogger log;
  Subject subject;
  HealthMonitor monitor(kFast, {subject.MakeCheck("hsm")}, log);
  subject.Hang(true);
  EXPECT_FALSE(subject.NextReport());
  subject.Hang(false);
  EXPECT_TRUE(subject.NextReport());
}

TEST(HealthMonitorTest, OneThatHangsDoesNotHideAnother) {
  NullLogger log;
  Subject hanging, failing;
  HealthMonitor monitor(kFast, {hanging.MakeCheck("hsm"), failing.MakeCheck("store")}, log);
  hanging.Hang(true);
  EXPECT_FALSE(hanging.NextReport());
  failing.Set(absl::UnavailableError("locked"));
  EXPECT_FALSE(failing.NextReport());
  failing.Set(absl::OkStatus());
  EXPECT_TRUE(failing.NextReport());
  hanging.Hang(false);
}

TEST(HealthMonitorTest, StoppingDoesNotWaitForTheInterval) {
  NullLogger log;
  Subject subject;
  HealthMonitor monitor({absl::Hours(1), absl::Hours(1)}, {subject.MakeCheck("hsm")}, log);
  monitor.Stop();
  monitor.Stop();
}

}  // namespace
}  // namespace signet::server
