#include "keystore/sqlite_transaction.h"

#include "base/error.h"

namespace signet::keystore {

absl::StatusOr<SqliteTransaction> SqliteTransaction::Begin(SqliteConnection& connection, Kind kind) {
  // IMMEDIATE takes the write lock at once: a transaction that reads first and then writes could otherwise be refused half way.
  SIGNET_RETURN_IF_ERROR(connection.Run(kind == Kind::kWrite ? "BEGIN IMMEDIATE;" : "BEGIN;", "begin a transaction"));
  return SqliteTransaction(connection);
}

SqliteTransaction::~SqliteTransaction() {
  // After some errors SQLite has rolled back by itself, and after a commit there is nothing left to undo.
  if (connection_ == nullptr || sqlite3_get_autocommit(connection_->handle()) != 0) return;
  connection_->Run("ROLLBACK;", "undo a transaction").IgnoreError();  // Nobody is left to be told; the next BEGIN would fail.
}

absl::Status SqliteTransaction::Commit() { return connection_->Run("COMMIT;", "commit a change"); }

}  // namespace signet::keystore
