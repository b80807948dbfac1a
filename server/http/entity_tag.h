#ifndef SIGNET_SERVER_HTTP_ENTITY_TAG_H_
#define SIGNET_SERVER_HTTP_ENTITY_TAG_H_

#include "absl/strings/string_view.h"

namespace signet::http {

// Tells whether an If-None-Match field (RFC 9110 section 13.1.2) lists `etag`, or is "*": then the client has what it asks for.
//
// Tags are compared weakly, so W/"x" matches "x". A field that is not of that form matches as far as it can be read: at worst the
// client is sent again what it has.
bool IfNoneMatchLists(absl::string_view field_value, absl::string_view etag);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_ENTITY_TAG_H_
