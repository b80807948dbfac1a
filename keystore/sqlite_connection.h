#ifndef SIGNET_KEYSTORE_SQLITE_CONNECTION_H_
#define SIGNET_KEYSTORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::keystore {

// SqliteConnection is one connection to a database file. For one thread at a time.
class SqliteConnection {
 public:
  enum class Access { kReadWrite, kReadOnly };

  // Opens a file that exists; an empty one is an empty database. Each commit is on the disk when it returns (synchronous FULL).
  //   as SqliteStatus
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Access access);

  // Runs a script of one or more statements that take no parameters.
  //   as SqliteStatus, with `action`
  absl::Status Run(const std::string& script, absl::string_view action);

  // Borrowed.
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    // Cannot fail: every statement was finalised before.
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_CONNECTION_H_
