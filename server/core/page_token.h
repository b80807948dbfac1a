#ifndef SIGNET_SERVER_CORE_PAGE_TOKEN_H_
#define SIGNET_SERVER_CORE_PAGE_TOKEN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/key_store.h"
#include "server/core/change_request.h"

namespace signet::core {

// ListScope says which list a page token belongs to.
struct ListScope {
  // The RPC, such as "ListKeys".
  absl::string_view method;
  // Its parameters beside those of paging, in a fixed order.
  std::vector<std::string> parameters;
};

// Returns an opaque token for what stands behind `position` in the list of `scope`. It is no secret and protects nothing: whoever
// makes one up sees another part of a list that they may see anyway.
std::string MakePageToken(const ListScope& scope, absl::string_view position);

// Turns what the caller asked for into a page of the store, with the limits that ListRequest documents.
//   kInvalidArgument  INVALID_FIELD: page_size below 0; PAGE_TOKEN_INVALID: not a token of this scope
absl::StatusOr<keystore::Page> ToPage(const ListScope& scope, const ListRequest& request);

// The same for a list whose positions are numbers, so that the store never meets another.
absl::StatusOr<keystore::Page> ToNumberedPage(const ListScope& scope, const ListRequest& request);

// Asks for one record more than `page` holds, so that EndPage can tell whether another page follows.
keystore::Page WithLookAhead(const keystore::Page& page);

// Half of the 4 MiB that gRPC receives by default.
inline constexpr size_t kMaxPageBytes = 2 * 1024 * 1024;

// Tells how many of the first of `records`, at most `limit`, fit into one page by what `size_of` says; one at least, so that a list
// always goes on.
template <typename Record, typename SizeOf>
int CountThatFit(const std::vector<Record>& records, int limit, SizeOf size_of) {
  int count = 0;
  size_t bytes = 0;
  for (const Record& record : records) {
    bytes += size_of(record);
    if (count == limit || (count > 0 && bytes > kMaxPageBytes)) return count;
    ++count;
  }
  return limit;
}

// Cuts `records`, read WithLookAhead, to the page's limit. Returns the token of the next page, or "" if there is none.
template <typename Record, typename PositionOf>
std::string EndPage(const ListScope& scope, const keystore::Page& page, std::vector<Record>& records, PositionOf position_of) {
  if (records.size() <= static_cast<size_t>(page.limit)) return "";
  records.resize(static_cast<size_t>(page.limit));
  return MakePageToken(scope, position_of(records.back()));
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PAGE_TOKEN_H_
