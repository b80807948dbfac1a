#include "server/main/json_logger.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/stdout_sinks.h"

namespace signet::server {
namespace {

using nlohmann::ordered_json;

const char* LevelWord(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

}  // namespace

JsonLogger::JsonLogger(spdlog::sink_ptr sink, LogLevel least, const Clock& clock)
    : least_(least), clock_(clock), logger_("signetd", std::move(sink)) {
  logger_.set_pattern("%v");
  logger_.set_level(spdlog::level::trace);  // `least_` decides.
  logger_.flush_on(spdlog::level::trace);
}

void JsonLogger::Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) {
  if (level < least_) return;
  ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", clock_.Now(), absl::UTCTimeZone());
  line["level"] = LevelWord(level);
  line["message"] = std::string(message);
  for (const auto& [name, value] : fields) {
    std::string key(name);
    if (key == "time" || key == "level" || key == "message") key += '_';
    std::visit([&](const auto& alternative) { line[key] = alternative; }, value);
  }
  const std::string text = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  logger_.log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
}

spdlog::sink_ptr StandardErrorSink() { return std::make_shared<spdlog::sinks::stderr_sink_mt>(); }

}  // namespace signet::server
