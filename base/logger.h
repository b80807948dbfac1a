#ifndef SIGNET_BASE_LOGGER_H_
#define SIGNET_BASE_LOGGER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// LogField is a named value of a log line. The name is a word that stands in JSON as it is. WARNING: never a secret, a PIN, a
// token, claims or data to be signed.
using LogField = std::pair<absl::string_view, std::variant<std::string, int64_t, double>>;

// Logger writes structured log lines. Thread-safe.
class Logger {
 public:
  virtual ~Logger() = default;
  // Writes one line; `message` is constant text, what varies is in `fields`.
  virtual void Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields = {}) = 0;
  // The same for what is told of every call: the line may come some milliseconds later, together with others, but before whatever
  // is logged after it. Only the death of the process (SIGKILL, a crash) in these milliseconds loses it.
  virtual void LogSoon(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) {
    Log(level, message, fields);
  }
};

// NullLogger drops everything: for tests.
class NullLogger : public Logger {
 public:
  void Log(LogLevel, absl::string_view, const std::vector<LogField>&) override {}
};

}  // namespace signet

#endif  // SIGNET_BASE_LOGGER_H_
