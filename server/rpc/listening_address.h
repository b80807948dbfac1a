#ifndef SIGNET_SERVER_RPC_LISTENING_ADDRESS_H_
#define SIGNET_SERVER_RPC_LISTENING_ADDRESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::rpc {

// Tells whether `address` is "unix:/path".
bool IsUnixAddress(absl::string_view address);
// The path of a "unix:/path".
std::string UnixPath(absl::string_view address);

// Makes sure that gRPC can bind `address`, "HOST:PORT" or "unix:/path", and removes the socket file that a dead process left.
//
// gRPC alone would take the path of a Unix socket away from the process that serves it, and be content with one of the addresses
// of a host name while another program has the port on the others.
//   kUnavailable  in use, or cannot be bound; the message names the address
absl::Status PrepareListeningAddress(const std::string& address);

// Puts the port that was bound in place of that of "HOST:PORT"; leaves a Unix address as it is.
std::string WithPort(const std::string& address, int port);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_LISTENING_ADDRESS_H_
