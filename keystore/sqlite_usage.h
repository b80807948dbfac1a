#ifndef SIGNET_KEYSTORE_SQLITE_USAGE_H_
#define SIGNET_KEYSTORE_SQLITE_USAGE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// Adds `updates` within the transaction that `connection` is in, and returns what KeyStore::RecordUsage returns. After an error the
// transaction must be undone.
//   as SqliteStatus
absl::StatusOr<std::vector<KeyUid>> WriteUsage(SqliteConnection& connection, const std::vector<UsageUpdate>& updates);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_USAGE_H_
