#ifndef SIGNET_SERVER_HTTP_LISTENER_H_
#define SIGNET_SERVER_HTTP_LISTENER_H_

#include <asio.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::http {

// Binds "HOST:PORT" and listens; HOST is an IP address ("[::1]" for IPv6) or "localhost", which is 127.0.0.1. The port is not
// shared with any other listener; one that was closed just now can be bound again.
//   kInvalidArgument  the address is not of that form
//   kUnavailable      the address is in use or cannot be bound; the message names it
absl::StatusOr<asio::ip::tcp::acceptor> Listen(asio::io_context& io_context, absl::string_view address);

// Returns where `listener` is bound, as "HOST:PORT".
std::string FormatBoundAddress(const asio::ip::tcp::acceptor& listener);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_LISTENER_H_
