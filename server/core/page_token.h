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

// Cuts `records`, read WithLookAhead, to the page's limit. Returns the token of the next page, or "" if there is none.
template <typename Record, typename PositionOf>
std::string EndPage(const ListScope& scope, const keystore::Page& page, std::vector<Record>& records, PositionOf position_of) {
  if (records.size() <= static_cast<size_t>(page.limit)) return "";
  records.resize(static_cast<size_t>(page.limit));
  return MakePageToken(scope, position_of(records.back()));
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PAGE_TOKEN_H_
