#include "keystore/sqlite_event_query.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/store_error.h"

namespace signet::keystore {

absl::StatusOr<SqliteEventQuery> MakeEventQuery(const KeyStore::EventFilter& filter, const Page& page) {
  SIGNET_ASSIGN_OR_RETURN(const int64_t after, ParsePosition(page));
  SqliteEventQuery query = {
      "SELECT sequence, revision, time, actor, action, resource, tenant, request_id, before, after, hash FROM events", {}};
  absl::string_view conjunction = " WHERE ";
  // Adds a condition, in which $0 stands for the parameter.
  const auto add = [&](absl::string_view condition, SqliteValue value) {
    query.parameters.push_back(value);
    absl::StrAppend(&query.sql, conjunction, absl::Substitute(condition, absl::StrCat("?", query.parameters.size())));
    conjunction = " AND ";
  };
  const bool newest_first = filter.order == KeyStore::EventFilter::Order::kNewestFirst;
  if (!page.after.empty()) add(newest_first ? "sequence < $0" : "sequence > $0", after);
  if (filter.tenant) add("tenant = $0", filter.tenant->value());
  // '0' is the character behind '/': between them lies what begins with the resource and a '/'. Texts are compared by their bytes.
  if (!filter.resource.empty()) {
    add("(resource = $0 OR (resource >= $0 || '/' AND resource < $0 || '0'))", filter.resource);
  }
  if (!filter.action.empty()) add("action = $0", filter.action);
  if (!filter.actor.empty()) add("actor = $0", filter.actor);
  if (!filter.request_id.empty()) add("request_id = $0", filter.request_id);
  if (filter.start_time) add("time >= $0", absl::ToUnixMicros(*filter.start_time));
  if (filter.end_time) add("time < $0", absl::ToUnixMicros(*filter.end_time));
  query.parameters.emplace_back(int64_t{page.limit});
  absl::StrAppend(&query.sql, " ORDER BY sequence", newest_first ? " DESC" : "", " LIMIT ?", query.parameters.size());
  return query;
}

}  // namespace signet::keystore
