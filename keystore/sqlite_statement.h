#ifndef SIGNET_KEYSTORE_SQLITE_STATEMENT_H_
#define SIGNET_KEYSTORE_SQLITE_STATEMENT_H_

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// SqliteBlob is a parameter of bytes that are no text. Borrowed.
struct SqliteBlob {
  explicit SqliteBlob(absl::string_view value) : bytes(value) {}
  absl::string_view bytes;
};

// SqliteValue is a parameter: NULL, a number, a text (borrowed) or bytes (borrowed).
using SqliteValue = std::variant<std::nullptr_t, int64_t, absl::string_view, SqliteBlob>;

// SqliteStatement is a statement with its parameters bound, and the row of its result on which it stands. It must end before its
// connection, and before the transaction around it.
class SqliteStatement {
 public:
  // Has the connection prepare `sql`, one statement, and binds copies of `parameters` to ?1, ?2, …
  //   as SqliteStatus
  static absl::StatusOr<SqliteStatement> Create(SqliteConnection& connection, absl::string_view sql,
                                                const std::vector<SqliteValue>& parameters);

  // Goes on to the next row, or runs a statement that has none; false when there is no more.
  //   as SqliteStatus
  absl::StatusOr<bool> Step();

  // The columns of the row, from 0.
  int64_t Number(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string Text(int column) const { return Bytes(column); }
  // nullopt for NULL.
  std::optional<int64_t> OptionalNumber(int column) const {
    if (sqlite3_column_type(handle_.get(), column) == SQLITE_NULL) return std::nullopt;
    return Number(column);
  }
  std::string Bytes(int column) const;

 private:
  struct GiveBack {
    SqliteConnection* connection;
    void operator()(sqlite3_stmt* handle) const { connection->Keep(handle); }
  };
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* handle) : handle_(handle, GiveBack{&connection}) {}

  std::unique_ptr<sqlite3_stmt, GiveBack> handle_;
};

// Runs a statement to its end and returns how many rows it changed.
//   as SqliteStatus
absl::StatusOr<int64_t> RunStatement(SqliteConnection& connection, absl::string_view sql,
                                     const std::vector<SqliteValue>& parameters);

// Returns the number in the first column of the first row, or `otherwise` if there is no row.
//   as SqliteStatus
absl::StatusOr<int64_t> SelectNumber(SqliteConnection& connection, absl::string_view sql,
                                     const std::vector<SqliteValue>& parameters, int64_t otherwise);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_STATEMENT_H_
