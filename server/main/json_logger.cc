#include "server/main/json_logger.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/digits.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/stdout_sinks.h"

namespace signet::server {
namespace {

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

// Appends `time` as RFC 3339 has it, to the millisecond. Lines are written by the thousand, and absl::FormatTime takes a µs.
void AppendTime(absl::Time time, std::string& out) {
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  char text[] = "0000-00-00T00:00:00.000Z";
  PutDigits(static_cast<int>(civil.year()), 4, text);
  PutDigits(civil.month(), 2, text + 5);
  PutDigits(civil.day(), 2, text + 8);
  PutDigits(civil.hour(), 2, text + 11);
  PutDigits(civil.minute(), 2, text + 14);
  PutDigits(civil.second(), 2, text + 17);
  PutDigits(static_cast<int>(absl::ToUnixMillis(time) % 1000), 3, text + 20);
  out += text;
}

// Whether `text` stands in JSON as it is.
bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

void AppendValue(absl::string_view text, std::string& out) {
  if (IsPlain(text)) {
    out += '"';
    out.append(text.data(), text.size());
    out += '"';
  } else {
    const nlohmann::json value = std::string(text);
    out += value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}
void AppendValue(const std::string& text, std::string& out) { AppendValue(absl::string_view(text), out); }

void AppendValue(int64_t number, std::string& out) { absl::StrAppend(&out, number); }

void AppendValue(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char digits[32];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

bool IsReserved(absl::string_view name) { return name == "time" || name == "level" || name == "message"; }

// Appends the name of a field, which is a word of ours, and the colon.
void AppendName(absl::string_view name, std::string& out) {
  out += '"';
  out.append(name.data(), name.size());
  out += IsReserved(name) ? "_\":" : "\":";
}

}  // namespace

JsonLogger::JsonLogger(spdlog::sink_ptr sink, LogLevel least, const Clock& clock)
    : least_(least), clock_(clock), writer_(std::move(sink)) {}

void JsonLogger::Log(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) {
  if (level >= least_) writer_.Write(Format(level, message, fields));
}

void JsonLogger::LogSoon(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) {
  if (level >= least_) writer_.WriteSoon(Format(level, message, fields));
}

std::string JsonLogger::Format(LogLevel level, absl::string_view message, const std::vector<LogField>& fields) const {
  std::string line;
  line.reserve(384);
  line += "{\"time\":\"";
  AppendTime(clock_.Now(), line);
  line += "\",\"level\":\"";
  line += LevelWord(level);
  line += "\",\"message\":";
  AppendValue(message, line);
  for (const auto& [name, value] : fields) {
    line += ',';
    AppendName(name, line);
    std::visit([&line](const auto& alternative) { AppendValue(alternative, line); }, value);
  }
  line += '}';
  return line;
}

spdlog::sink_ptr StandardErrorSink() { return std::make_shared<spdlog::sinks::stderr_sink_mt>(); }

}  // namespace signet::server
