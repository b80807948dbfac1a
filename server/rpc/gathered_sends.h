#ifndef SIGNET_SERVER_RPC_GATHERED_SENDS_H_
#define SIGNET_SERVER_RPC_GATHERED_SENDS_H_

namespace signet::rpc {

// GatheredSends has the kernel keep what its thread sends on TCP connections until it ends, so that many small replies leave
// together. gRPC calls sendmsg once for each reply, and most of what that costs is the way of one segment through the kernel and
// the waking of whoever reads it.
//
// The program has a sendmsg of its own for that, which every library in it finds before that of libc: within the life of a
// GatheredSends it adds MSG_MORE (tcp(7)), otherwise nothing. A connection that is closed meanwhile is sent what was kept, and the
// kernel keeps nothing for longer than 200 ms. Not to be nested.
class GatheredSends {
 public:
  GatheredSends();
  GatheredSends(const GatheredSends&) = delete;
  GatheredSends& operator=(const GatheredSends&) = delete;
  ~GatheredSends();
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_GATHERED_SENDS_H_
