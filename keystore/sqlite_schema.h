#ifndef SIGNET_KEYSTORE_SQLITE_SCHEMA_H_
#define SIGNET_KEYSTORE_SQLITE_SCHEMA_H_

#include <vector>

#include "absl/status/status.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// SqliteMigration makes the next version: by a script, and then by code for what SQL cannot say.
struct SqliteMigration {
  const char* script;
  // Runs in the transaction of the script; nullptr: nothing.
  absl::Status (*then)(SqliteConnection& connection) = nullptr;
};

// Returns the migrations of this release: the first makes version 1 of an empty database, each other makes its version of the one
// before. What stands here has been released: it is never changed, only added to.
const std::vector<SqliteMigration>& SqliteMigrations();

// Brings a database to the version that the last of `migrations` makes, each in a transaction of its own, so that a crash leaves
// one version or the next. Turns on WAL. A database that is refused is left untouched.
//   kFailedPrecondition  its version is of a newer release; or it is another program's; or its file system cannot hold a WAL
//   as SqliteStatus
absl::Status Migrate(SqliteConnection& connection, const std::vector<SqliteMigration>& migrations);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_SCHEMA_H_
