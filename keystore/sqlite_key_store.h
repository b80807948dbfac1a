#ifndef SIGNET_KEYSTORE_SQLITE_KEY_STORE_H_
#define SIGNET_KEYSTORE_SQLITE_KEY_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "keystore/key_store.h"

namespace signet::keystore {

// Opens or creates a SQLite store (WAL, synchronous FULL) at `path`, mode 0600, and migrates it to this release's schema. Its
// folder must be there, on a local file system. While the store lives it holds a lock on `path`.lock, because SQLite is the choice
// of a single process; the lock file stays behind, unlocked. Errors are for whoever starts the server:
//   kFailedPrecondition  the schema is of a newer release (use that, or a backup), or the database is another program's; untouched
//   kNotFound            the folder is not there
//   kPermissionDenied    the file or its folder cannot be written
//   kUnavailable         STORE_UNAVAILABLE: another process holds it, or the disk failed; safe to retry
//   kResourceExhausted   STORAGE_FULL
//   kDataLoss            STORE_CORRUPT: it is not a SQLite database, or corrupt
absl::StatusOr<std::unique_ptr<KeyStore>> CreateSqliteKeyStore(const std::string& path);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_KEY_STORE_H_
