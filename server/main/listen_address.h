#ifndef SIGNET_SERVER_MAIN_LISTEN_ADDRESS_H_
#define SIGNET_SERVER_MAIN_LISTEN_ADDRESS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::server {

// ListenAddress is where a listener binds: "HOST:PORT", with an IPv6 address in brackets.
struct ListenAddress {
  // "localhost" or an IP address, without brackets.
  std::string host;
  int port = 0;

  // Parses "HOST:PORT"; nullopt if HOST is neither "localhost" nor an IP address, or PORT is not 0 to 65535.
  static std::optional<ListenAddress> Parse(absl::string_view text);

  // Tells whether only this machine can reach it: 127.0.0.0/8, ::1 or localhost.
  bool IsLoopback() const;
};

// Tells whether two addresses, "HOST:PORT" or "unix:/path", cannot both be bound; false if a port is 0 or one is malformed.
bool Overlap(absl::string_view left, absl::string_view right);

// Tells whether `text` is "unix:/absolute/path", short enough for a socket's name.
bool IsUnixSocketAddress(absl::string_view text);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_LISTEN_ADDRESS_H_
