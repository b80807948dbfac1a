#ifndef SIGNET_SERVER_MAIN_JSON_LOGGER_H_
#define SIGNET_SERVER_MAIN_JSON_LOGGER_H_

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "spdlog/logger.h"

namespace signet::server {

// JsonLogger writes one JSON object per line: `time` (RFC 3339, UTC, milliseconds), `level` ("debug", "info", "warning", "error"),
// `message`, and the fields. A field that has one of these three names gets a "_" behind it. Bytes that are no UTF-8 are replaced.
// Thread-safe.
class JsonLogger : public Logger {
 public:
  // Writes to `sink` what is at least as severe as `least`. `clock` is borrowed; the sink is shared, as spdlog wants it.
  JsonLogger(spdlog::sink_ptr sink, LogLevel least, const Clock& clock);

  void Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) override;

 private:
  const LogLevel least_;
  const Clock& clock_;
  spdlog::logger logger_;
};

// The sink for standard error.
spdlog::sink_ptr StandardErrorSink();

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_JSON_LOGGER_H_
