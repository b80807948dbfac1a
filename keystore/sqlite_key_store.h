#ifndef SIGNET_KEYSTORE_SQLITE_KEY_STORE_H_
#define SIGNET_KEYSTORE_SQLITE_KEY_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "keystore/key_store.h"

namespace signet::keystore {

// Opens or creates a SQLite store (WAL, synchronous FULL) at `path`, mode 0600, and migrates it to this release's schema.
//   kFailedPrecondition  the schema is of a newer release; use that, or a backup
//   kPermissionDenied    the file or its folder cannot be written
//   kUnavailable         another process holds it
//   kDataLoss            it is not a SQLite database, or corrupt
absl::StatusOr<std::unique_ptr<KeyStore>> CreateSqliteKeyStore(const std::string& path);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_KEY_STORE_H_
