#ifndef SIGNET_SERVER_HTTP_DESTINATION_H_
#define SIGNET_SERVER_HTTP_DESTINATION_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/http/http_message.h"

namespace signet::http {

// Destination is where a request goes to. Its texts are borrowed from the request.
struct Destination {
  absl::string_view path;
  // What stands behind the question mark; empty without.
  absl::string_view query;
  // The host with its port, as sent; empty if HTTP/1.0 sent none.
  absl::string_view authority;
};

// Reads a request target, in origin or absolute form (RFC 9112 section 3.2); `host` is the value of the field Host, before which
// that of an absolute form goes. A path that begins with "//.well-known/" begins with one slash for us.
Destination ReadTarget(absl::string_view target, absl::string_view host);

// Reads target and Host of `request`; nullopt if that says its host not at all, or in several ways.
std::optional<Destination> FindDestination(const Request& request);

// The host of an authority as host aliases are kept: in lower case and without port. Empty if it is none.
std::string HostAliasOf(absl::string_view authority);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_DESTINATION_H_
