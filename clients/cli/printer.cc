#include "clients/cli/printer.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/text.h"
#include "google/protobuf/util/json_util.h"

namespace signet::cli {
namespace {

std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) absl::StrAppend(&line, i == 0 ? "" : " ", Padded(Printable(cells[i]), widths[i]));
  absl::StripTrailingAsciiWhitespace(&line);
  return line + "\n";
}

}  // namespace

void Printer::PrintReply(const google::protobuf::Message& reply, absl::string_view headline, const Fields& fields) {
  if (format_ == Format::kJson) return PrintJson(reply);
  if (!headline.empty()) out_ << headline << "\n";
  if (!headline.empty() && !fields.empty()) out_ << "\n";
  size_t width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, Width(name) + 1);
  for (const auto& [name, value] : fields) out_ << Line({name + ":", value}, {width, 0});
  out_ << "\nOK\n";
}

void Printer::PrintValue(const google::protobuf::Message& reply, absl::string_view value) {
  if (format_ == Format::kJson) return PrintJson(reply);
  out_ << value << "\n";
}

void Printer::PrintList(const google::protobuf::Message& reply, const Table& table) {
  if (format_ == Format::kJson) return PrintJson(reply);
  std::vector<size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(Width(column));
  for (const std::vector<std::string>& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(Printable(row[i])));
  }
  out_ << Line(table.columns, widths);
  for (const std::vector<std::string>& row : table.rows) out_ << Line(row, widths);
  out_ << "\n" << table.rows.size() << (table.rows.size() == 1 ? " entry\n" : " entries\n") << "\nOK\n";
}

void Printer::PrintJson(const google::protobuf::Message& reply) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  // A script that iterates over a list finds an empty one, instead of none.
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for google.protobuf.Any, which no reply holds.
  if (!google::protobuf::util::MessageToJsonString(reply, &json, options).ok()) std::abort();
  // Protobuf ends most messages with a line break, but not an empty one.
  out_ << absl::StripTrailingAsciiWhitespace(json) << "\n";
}

std::string DateOf(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::FormatTime("%a %b %d %H:%M:%S UTC %Y", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

std::string IdOf(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == absl::string_view::npos ? name : name.substr(slash + 1));
}

}  // namespace signet::cli
