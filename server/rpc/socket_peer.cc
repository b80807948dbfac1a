#include "server/rpc/socket_peer.h"

#include <sys/socket.h>

namespace signet::rpc {

std::optional<uid_t> SocketPeerUid(int fd) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  // A socket of another kind has the uid -1 here.
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid == static_cast<uid_t>(-1)) return std::nullopt;
  return peer.uid;
}

}  // namespace signet::rpc
