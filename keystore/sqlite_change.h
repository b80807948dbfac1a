#ifndef SIGNET_KEYSTORE_SQLITE_CHANGE_H_
#define SIGNET_KEYSTORE_SQLITE_CHANGE_H_

#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// Writes `change` within the transaction that `connection` is in, and returns its revision. After an error the transaction must be
// undone.
//   as KeyStore::Commit
absl::StatusOr<Revision> WriteChange(SqliteConnection& connection, const Change& change);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_CHANGE_H_
