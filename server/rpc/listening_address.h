#ifndef SIGNET_SERVER_RPC_LISTENING_ADDRESS_H_
#define SIGNET_SERVER_RPC_LISTENING_ADDRESS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace signet::rpc {

// Tells whether `address` is "unix:/path".
bool IsUnixAddress(absl::string_view address);

// ListeningSocket is a socket that listens; without blocking, and not for child processes. Its destructor closes it, and removes
// the file of a Unix socket if that is still its own.
class ListeningSocket {
 public:
  ListeningSocket(UniqueFd fd, std::string unix_path) : fd_(std::move(fd)), unix_path_(std::move(unix_path)) {}
  ListeningSocket(ListeningSocket&& other) noexcept
      : fd_(std::move(other.fd_)), unix_path_(std::exchange(other.unix_path_, {})), inode_(other.inode_) {}
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int fd() const { return fd_.get(); }
  // Remembers which file is this socket's.
  void SetInode(uint64_t inode) { inode_ = inode; }

 private:
  UniqueFd fd_;
  // Empty for TCP.
  std::string unix_path_;
  uint64_t inode_ = 0;
};

struct BoundAddress {
  // As asked for, with the port that was bound.
  std::string address;
  // One for each address of a host name; at least one.
  std::vector<ListeningSocket> sockets;
};

// Binds `address`, "HOST:PORT" (port 0 picks one) or "unix:/path", and listens on all that HOST stands for: "localhost" is
// 127.0.0.1 and, where there is IPv6, ::1; "[::]" is IPv4 as well. A port is never shared with another listener, and one that was
// closed just now can be bound again. A Unix socket is for its owner alone from the first; the file that a dead process left is
// replaced.
//   kUnavailable  in use, or cannot be bound; the message names the address
absl::StatusOr<BoundAddress> Listen(const std::string& address);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_LISTENING_ADDRESS_H_
