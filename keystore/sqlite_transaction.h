#ifndef SIGNET_KEYSTORE_SQLITE_TRANSACTION_H_
#define SIGNET_KEYSTORE_SQLITE_TRANSACTION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// SqliteTransaction is a transaction of a connection. Unless it was committed, its destructor undoes it.
class SqliteTransaction {
 public:
  // kRead sees one state of the database throughout; kWrite is also the only one that writes meanwhile.
  enum class Kind { kRead, kWrite };

  // `connection` is borrowed and must be in no transaction.
  //   as SqliteStatus
  static absl::StatusOr<SqliteTransaction> Begin(SqliteConnection& connection, Kind kind);

  SqliteTransaction(SqliteTransaction&& other) noexcept : connection_(other.connection_) { other.connection_ = nullptr; }
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  // Makes the writes durable. Call it once, after every statement of the transaction has ended.
  //   as SqliteStatus; after kUnavailable the outcome is unknown, after kResourceExhausted nothing was written
  absl::Status Commit();

 private:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(&connection) {}

  SqliteConnection* connection_;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_TRANSACTION_H_
