#ifndef SIGNET_KEYSTORE_SQLITE_STATUS_H_
#define SIGNET_KEYSTORE_SQLITE_STATUS_H_

#include <sqlite3.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::keystore {

// Turns a failure of SQLite into the status that KeyStore documents: STORAGE_FULL, STORE_CORRUPT, STORE_UNAVAILABLE, or DEFECT
// for what must never be, such as a violated constraint. `code` is the extended result code, `connection` the one that failed, or
// nullptr; `action` says what was tried, such as "commit a change". SQLite's code travels in the payload kSqliteCodePayload.
absl::Status SqliteStatus(sqlite3* connection, int code, absl::string_view action);

// The payload that holds SQLite's extended result code in decimal.
inline constexpr absl::string_view kSqliteCodePayload = "signet/SqliteCode";

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_STATUS_H_
