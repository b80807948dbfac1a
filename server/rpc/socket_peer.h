#ifndef SIGNET_SERVER_RPC_SOCKET_PEER_H_
#define SIGNET_SERVER_RPC_SOCKET_PEER_H_

#include <sys/types.h>

#include <optional>

namespace signet::rpc {

// Returns the user who connected to a Unix socket, as the kernel noted it then (SO_PEERCRED); nullopt if it cannot say.
std::optional<uid_t> SocketPeerUid(int fd);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SOCKET_PEER_H_
