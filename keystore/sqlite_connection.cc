#include "keystore/sqlite_connection.h"

#include <utility>

#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/sqlite_status.h"

namespace signet::keystore {
namespace {

// How long to wait for a lock that someone else's program holds on the file, such as a backup or a curious sqlite3 shell. The
// connections of one store never wait for each other here: there is one writer, and WAL readers need no lock.
constexpr absl::Duration kForeignLockWait = absl::Seconds(1);

// NOMUTEX: a connection is used by one thread at a time, so that SQLite need not lock it. EXRESCODE: the extended codes tell a full
// disk from a broken one.
constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;

// synchronous FULL syncs the WAL at each commit; NORMAL would lose acknowledged commits when the power fails. The others guard
// against a database that somebody prepared.
constexpr char kSettings[] =
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;";

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Access access) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, kFlags, nullptr);
  // Even a connection that failed to open is one that must be closed.
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (code != SQLITE_OK) return SqliteStatus(handle, code, "open its file");
  sqlite3_busy_timeout(handle, static_cast<int>(absl::ToInt64Milliseconds(kForeignLockWait)));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  SIGNET_RETURN_IF_ERROR(connection->Run(kSettings, "open its file"));
  if (access == Access::kReadOnly) SIGNET_RETURN_IF_ERROR(connection->Run("PRAGMA query_only = ON;", "open its file"));
  return connection;
}

absl::Status SqliteConnection::Run(const std::string& script, absl::string_view action) {
  const int code = sqlite3_exec(handle(), script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteStatus(handle(), code, action);
  return absl::OkStatus();
}

absl::StatusOr<sqlite3_stmt*> SqliteConnection::Prepare(absl::string_view sql) {
  if (const auto kept = kept_.find(sql); kept != kept_.end()) {
    sqlite3_stmt* const statement = kept->second.release();
    kept_.erase(kept);
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return SqliteStatus(handle(), code, "read or write a record");
  return statement;
}

void SqliteConnection::Keep(sqlite3_stmt* statement) {
  Statement kept(statement);
  // Its result repeats that of the last step.
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (kept_.size() < kKeptStatements) kept_.emplace(sqlite3_sql(statement), std::move(kept));
}

}  // namespace signet::keystore
