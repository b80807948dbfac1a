#ifndef SIGNET_CLIENTS_CLI_PRINTER_H_
#define SIGNET_CLIENTS_CLI_PRINTER_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "clients/cli/format.h"
#include "clients/cli/json_reply.h"
#include "google/protobuf/timestamp.pb.h"

namespace signet::cli {

// Fields are the lines "name: value" of a text.
using Fields = std::vector<std::pair<std::string, std::string>>;

// Table is a list as people read it. Every row has as many cells as there are columns.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  // How wide the first columns are at least.
  std::vector<size_t> least_widths = {};
  // What the line of the columns ends with.
  std::string header_end = "";
};

// Printer writes replies. Text ends with a blank line and "OK"; JSON is that of JsonReply, and nothing else.
class Printer {
 public:
  Printer(Format format, std::ostream& out) : format_(format), out_(out) {}

  // Writes `headline`, if there is one, and `fields`, if there are some, with a blank line between them; or `reply` as JSON.
  void PrintReply(const JsonReply& reply, absl::string_view headline, const Fields& fields);
  // Writes `value` alone on its line, without "OK", for a program to read; or `reply` as JSON.
  void PrintValue(const JsonReply& reply, absl::string_view value);
  // As PrintValue, but with `bytes` as they are.
  void PrintBytes(const JsonReply& reply, absl::string_view bytes);
  // As PrintReply, with the lines of `text` behind `fields`, and a blank line between them.
  void PrintDocument(const JsonReply& reply, const Fields& fields, absl::string_view text);
  // Writes padded columns, a blank line and the number of rows; or `reply` as JSON.
  void PrintList(const JsonReply& reply, const Table& table);
  // Writes `line`, or `reply` as JSON on one line, at once; for a list that grows. Returns whether it could be written.
  bool PrintEvent(const JsonReply& reply, absl::string_view line);
  // Ends such a list.
  void PrintEnd();

 private:
  void WriteFields(const Fields& fields);
  void PrintJson(const JsonReply& reply);

  Format format_;
  std::ostream& out_;
};

// Writes a table as PrintList does, without what follows the rows.
std::string RenderTable(const Table& table);

// Drops the fields without a value.
Fields WithoutEmpty(Fields fields);

// Writes a time as "Fri Feb 02 14:48:51 UTC 2024"; "" if it is not set.
std::string DateOf(const google::protobuf::Timestamp& time);

// Returns what stands behind the last slash of a resource name.
std::string IdOf(absl::string_view name);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PRINTER_H_
