#ifndef SIGNET_KEYSTORE_SQLITE_CONNECTION_H_
#define SIGNET_KEYSTORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::keystore {

// SqliteConnection is one connection to a database file, with the statements that were prepared on it. For one thread at a time.
class SqliteConnection {
 public:
  enum class Access { kReadWrite, kReadOnly };
  // How many statements are kept for the next one with the same text; the store has about half as many texts.
  static constexpr size_t kKeptStatements = 100;

  // Opens a file that exists; an empty one is an empty database. Each commit is on the disk when it returns (synchronous FULL).
  //   as SqliteStatus
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Access access);

  // Runs a script of one or more statements that take no parameters.
  //   as SqliteStatus, with `action`
  absl::Status Run(const std::string& script, absl::string_view action);

  // Prepares `sql`, one statement, or takes one that is kept. Its parameters are NULL. To be given back by Keep.
  //   as SqliteStatus
  absl::StatusOr<sqlite3_stmt*> Prepare(absl::string_view sql);
  // Ends a statement, wherever it stands, and keeps it.
  void Keep(sqlite3_stmt* statement);

  // Borrowed.
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    // Cannot fail: every statement was finalised before.
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  struct Finalize {
    // Its result repeats that of the last step.
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
  // Those that nobody uses, by their text: to prepare one takes longer than to read a row by its key. After the handle.
  std::multimap<std::string, Statement, std::less<>> kept_;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_CONNECTION_H_
