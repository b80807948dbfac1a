#include "clients/cli/printer.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) absl::StrAppend(&line, i == 0 ? "" : " ", Padded(Printable(cells[i]), widths[i]));
  absl::StripTrailingAsciiWhitespace(&line);
  return line + "\n";
}

}  // namespace

void Printer::PrintReply(const JsonReply& reply, absl::string_view headline, const Fields& fields) {
  if (format_ == Format::kJson) return PrintJson(reply);
  if (!headline.empty()) out_ << headline << "\n";
  if (!headline.empty() && !fields.empty()) out_ << "\n";
  WriteFields(fields);
  out_ << "\nOK\n";
}

void Printer::PrintValue(const JsonReply& reply, absl::string_view value) {
  if (format_ == Format::kJson) return PrintJson(reply);
  out_ << value << "\n";
}

void Printer::PrintBytes(const JsonReply& reply, absl::string_view bytes) {
  if (format_ == Format::kJson) return PrintJson(reply);
  out_ << bytes;
}

void Printer::PrintDocument(const JsonReply& reply, const Fields& fields, absl::string_view text) {
  if (format_ == Format::kJson) return PrintJson(reply);
  WriteFields(fields);
  if (!fields.empty()) out_ << "\n";
  for (absl::string_view line : absl::StrSplit(absl::StripTrailingAsciiWhitespace(text), '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    out_ << Printable(line) << "\n";
  }
  out_ << "\nOK\n";
}

void Printer::PrintList(const JsonReply& reply, const Table& table) {
  if (format_ == Format::kJson) return PrintJson(reply);
  out_ << RenderTable(table) << "\n" << table.rows.size() << (table.rows.size() == 1 ? " entry\n" : " entries\n") << "\nOK\n";
}

bool Printer::PrintEvent(const JsonReply& reply, absl::string_view line) {
  if (format_ == Format::kJson) {
    out_ << reply.Render(Layout::kOneLine) << "\n";
  } else {
    out_ << Printable(line) << "\n";
  }
  out_.flush();
  return static_cast<bool>(out_);
}

void Printer::PrintEnd() {
  if (format_ == Format::kText) out_ << "\nOK\n";
}

void Printer::WriteFields(const Fields& fields) {
  size_t width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, Width(name) + 1);
  for (const auto& [name, value] : fields) out_ << Line({name + ":", value}, {width, 0});
}

void Printer::PrintJson(const JsonReply& reply) { out_ << reply.Render(Layout::kManyLines) << "\n"; }

std::string RenderTable(const Table& table) {
  std::vector<size_t> widths = table.least_widths;
  widths.resize(table.columns.size());
  for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], Width(table.columns[i]));
  for (const std::vector<std::string>& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(Printable(row[i])));
  }
  std::string text = Line(table.columns, widths);
  text.insert(text.size() - 1, table.header_end);
  for (const std::vector<std::string>& row : table.rows) absl::StrAppend(&text, Line(row, widths));
  return text;
}

Fields WithoutEmpty(Fields fields) {
  fields.erase(std::remove_if(fields.begin(), fields.end(), [](const auto& field) { return field.second.empty(); }), fields.end());
  return fields;
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
