#include "keystore/sqlite_statement.h"

#include "base/error.h"
#include "keystore/sqlite_status.h"

namespace signet::keystore {
namespace {

// Binds a value to the parameter `index`, which counts from 1.
struct Bind {
  sqlite3_stmt* handle;
  int index;

  int operator()(std::nullptr_t) const { return sqlite3_bind_null(handle, index); }
  int operator()(int64_t number) const { return sqlite3_bind_int64(handle, index, number); }
  // An empty view may have no address, which SQLite would take for NULL.
  int operator()(absl::string_view text) const {
    return sqlite3_bind_text64(handle, index, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int operator()(const SqliteBlob& blob) const {
    return sqlite3_bind_blob64(handle, index, blob.bytes.empty() ? "" : blob.bytes.data(), blob.bytes.size(), SQLITE_TRANSIENT);
  }
};

constexpr absl::string_view kAction = "read or write a record";

}  // namespace

absl::StatusOr<SqliteStatement> SqliteStatement::Create(SqliteConnection& connection, absl::string_view sql,
                                                        const std::vector<SqliteValue>& parameters) {
  SIGNET_ASSIGN_OR_RETURN(sqlite3_stmt* const handle, connection.Prepare(sql));
  SqliteStatement statement(connection, handle);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const int code = std::visit(Bind{handle, static_cast<int>(i) + 1}, parameters[i]);
    if (code != SQLITE_OK) return SqliteStatus(connection.handle(), code, kAction);
  }
  return statement;
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteStatus(sqlite3_db_handle(handle_.get()), code, kAction);
}

std::string SqliteStatement::Bytes(int column) const {
  // The order matters: asking for the value may convert it, and its size is known only after that.
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

absl::StatusOr<int64_t> RunStatement(SqliteConnection& connection, absl::string_view sql,
                                     const std::vector<SqliteValue>& parameters) {
  SIGNET_ASSIGN_OR_RETURN(SqliteStatement statement, SqliteStatement::Create(connection, sql, parameters));
  bool more = true;
  while (more) {
    SIGNET_ASSIGN_OR_RETURN(more, statement.Step());
  }
  return sqlite3_changes64(connection.handle());
}

absl::StatusOr<int64_t> SelectNumber(SqliteConnection& connection, absl::string_view sql,
                                     const std::vector<SqliteValue>& parameters, int64_t otherwise) {
  SIGNET_ASSIGN_OR_RETURN(SqliteStatement statement, SqliteStatement::Create(connection, sql, parameters));
  SIGNET_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.Number(0) : otherwise;
}

}  // namespace signet::keystore
