#ifndef SIGNET_KEYSTORE_SQLITE_EVENT_QUERY_H_
#define SIGNET_KEYSTORE_SQLITE_EVENT_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/sqlite_statement.h"

namespace signet::keystore {

// SqliteEventQuery is the statement of KeyStore::ListEvents, whose rows ReadEvent reads. Its text is made of fixed parts only; what
// the caller gave is in the parameters, some of which borrow from the filter.
struct SqliteEventQuery {
  std::string sql;
  std::vector<SqliteValue> parameters;
};

// Makes the query for `page` of the events that `filter`, which must outlive it, lets through.
//   as ParsePosition
absl::StatusOr<SqliteEventQuery> MakeEventQuery(const KeyStore::EventFilter& filter, const Page& page);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_EVENT_QUERY_H_
