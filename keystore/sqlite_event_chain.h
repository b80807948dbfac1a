#ifndef SIGNET_KEYSTORE_SQLITE_EVENT_CHAIN_H_
#define SIGNET_KEYSTORE_SQLITE_EVENT_CHAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/records.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// Appends `events` to the trail, as those of the commit `revision`, within the transaction that `connection` is in.
//   as SqliteStatus
absl::Status AppendEvents(SqliteConnection& connection, Revision revision, const std::vector<Event>& events);

// Computes the hash of every event anew, within the transaction that `connection` is in: for the migration of trails without
// hashes. WARNING: afterwards the chain vouches for whatever it found.
//   as SqliteStatus
absl::Status ChainEvents(SqliteConnection& connection);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_EVENT_CHAIN_H_
