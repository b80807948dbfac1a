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
#include "nlohmann/json.hpp"
#include "spdlog/sinks/stdout_sinks.h"

namespace signet::server {
namespace {

absl::string_view LevelWord(LogLevel level) {
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
  const int64_t milliseconds = absl::ToInt64Milliseconds(time - absl::FromCivil(civil, absl::UTCTimeZone()));
  const auto two = [](int number) { return absl::Dec(number, absl::kZeroPad2); };
  absl::StrAppend(&out, absl::Dec(civil.year(), absl::kZeroPad4), "-", two(civil.month()), "-", two(civil.day()));
  absl::StrAppend(&out, "T", two(civil.hour()), ":", two(civil.minute()), ":", two(civil.second()));
  absl::StrAppend(&out, ".", absl::Dec(milliseconds, absl::kZeroPad3), "Z");
}

bool IsPlain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void AppendValue(absl::string_view text, std::string& out) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) {
    absl::StrAppend(&out, "\"", text, "\"");
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
  absl::StrAppend(&line, "\",\"level\":\"", LevelWord(level), "\",\"message\":");
  AppendValue(message, line);
  for (const auto& [name, value] : fields) {
    line += ',';
    AppendValue(IsReserved(name) ? absl::StrCat(name, "_") : std::string(name), line);
    line += ':';
    std::visit([&line](const auto& alternative) { AppendValue(alternative, line); }, value);
  }
  line += '}';
  return line;
}

spdlog::sink_ptr StandardErrorSink() { return std::make_shared<spdlog::sinks::stderr_sink_mt>(); }

}  // namespace signet::server
