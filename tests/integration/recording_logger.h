#ifndef SIGNET_TESTS_INTEGRATION_RECORDING_LOGGER_H_
#define SIGNET_TESTS_INTEGRATION_RECORDING_LOGGER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "base/logger.h"
#include "base/mutex.h"

namespace signet::testing {

// RecordingLogger keeps every line. Thread-safe.
class RecordingLogger : public Logger {
 public:
  struct Line {
    LogLevel level;
    std::string message;
    std::map<std::string, std::string> fields;
  };

  void Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) override {
    Line line{level, std::string(message), {}};
    for (const auto& [name, value] : fields) {
      line.fields[std::string(name)] = std::visit([](const auto& v) { return absl::StrCat(v); }, value);
    }
    MutexLock lock(mutex_);
    lines_.push_back(std::move(line));
    written_.NotifyAll();
  }

  // Waits for a line whose field `name` is `value`, and returns the first.
  Line Await(const std::string& name, const std::string& value) {
    MutexLock lock(mutex_);
    for (size_t i = 0;; ++i) {
      while (i == lines_.size()) written_.Wait(mutex_);
      const auto field = lines_[i].fields.find(name);
      if (field != lines_[i].fields.end() && field->second == value) return lines_[i];
    }
  }

  std::vector<Line> lines() const {
    MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable Mutex mutex_;
  CondVar written_;
  std::vector<Line> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_RECORDING_LOGGER_H_
