#ifndef SIGNET_SERVER_MAIN_JSON_LOGGER_H_
#define SIGNET_SERVER_MAIN_JSON_LOGGER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/logger.h"
#include "server/main/line_writer.h"
#include "spdlog/sinks/sink.h"

namespace signet::server {

// JsonLogger writes one JSON object per line: `time` (RFC 3339, UTC, milliseconds), `level` ("debug", "info", "warning", "error"),
// `message`, and the fields. A field that has one of these three names gets a "_" behind it. Bytes that are no UTF-8 are replaced.
// Thread-safe.
class JsonLogger : public Logger {
 public:
  // Writes to `sink` what is at least as severe as `least`. `clock` is borrowed; the sink is shared, as spdlog wants it.
  JsonLogger(spdlog::sink_ptr sink, LogLevel least, const Clock& clock);

  void Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) override;
  void LogSoon(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) override;

 private:
  std::string Format(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) const;

  const LogLevel least_;
  const Clock& clock_;
  LineWriter writer_;
};

// The sink for standard error.
spdlog::sink_ptr StandardErrorSink();

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_JSON_LOGGER_H_
