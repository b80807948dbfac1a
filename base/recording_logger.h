#ifndef SIGNET_BASE_RECORDING_LOGGER_H_
#define SIGNET_BASE_RECORDING_LOGGER_H_

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/logger.h"
#include "base/mutex.h"

namespace signet {

// RecordingLogger keeps what was logged. Thread-safe.
class RecordingLogger : public Logger {
 public:
  struct Line {
    LogLevel level;
    std::string message;
    std::map<std::string, std::variant<std::string, int64_t, double>> fields;
    std::string Text(const std::string& field) const { return std::get<std::string>(fields.at(field)); }
    int64_t Number(const std::string& field) const { return std::get<int64_t>(fields.at(field)); }
  };

  void Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) override {
    Line line = {.level = level, .message = std::string(message), .fields = {}};
    for (const auto& [name, value] : fields) line.fields.emplace(std::string(name), value);
    MutexLock lock(mutex_);
    lines_.push_back(std::move(line));
    logged_.NotifyAll();
  }

  // Waits for a line with that message, up to 10 s, and returns the first.
  std::optional<Line> WaitFor(const std::string& message) {
    MutexLock lock(mutex_);
    for (bool in_time = true; in_time; in_time = logged_.WaitFor(mutex_, absl::Seconds(10))) {
      for (const Line& line : lines_) {
        if (line.message == message) return line;
      }
    }
    return std::nullopt;
  }

  // Waits for a line whose text field `name` is `value`, and returns the first.
  Line Await(const std::string& name, const std::string& value) {
    MutexLock lock(mutex_);
    for (size_t i = 0;; ++i) {
      while (i == lines_.size()) logged_.Wait(mutex_);
      const auto field = lines_[i].fields.find(name);
      if (field != lines_[i].fields.end() && field->second == std::variant<std::string, int64_t, double>(value)) return lines_[i];
    }
  }

  std::vector<Line> lines() const {
    MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable Mutex mutex_;
  CondVar logged_;
  std::vector<Line> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet

#endif  // SIGNET_BASE_RECORDING_LOGGER_H_
