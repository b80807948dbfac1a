#ifndef SIGNET_KEYSTORE_SQLITE_USAGE_H_
#define SIGNET_KEYSTORE_SQLITE_USAGE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// Adds `updates` within the transaction that `connection` is in, and returns what KeyStore::RecordUsage returns. After an error the
// transaction must be undone.
//   as SqliteStatus
absl::StatusOr<std::vector<KeyUid>> WriteUsage(SqliteConnection& connection, const std::vector<UsageUpdate>& updates);

// Moves on the last_used_time of credentials, as WriteUsage does for keys.
//   as SqliteStatus
absl::Status WriteCredentialUse(SqliteConnection& connection, const std::vector<CredentialUse>& uses);

// Uses up an id within the transaction that `connection` is in, and returns what KeyStore::UseOnce returns.
//   as SqliteStatus
absl::StatusOr<bool> WriteUsedId(SqliteConnection& connection, absl::string_view scope, absl::string_view id, absl::Time until,
                                 absl::Time now);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_USAGE_H_
