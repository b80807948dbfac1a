#include "server/rpc/gathered_sends.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace signet::rpc {
namespace {

// The connections that were sent something since; more of them send at once.
struct Gathering {
  bool on = false;
  size_t size = 0;
  std::array<int, 16> fds = {};
};

constinit thread_local Gathering gathering;

// Whether what is sent on `fd` now will be pushed at the end.
bool Note(int fd) {
  if (!gathering.on) return false;
  const auto end = gathering.fds.begin() + static_cast<std::ptrdiff_t>(gathering.size);
  if (std::find(gathering.fds.begin(), end, fd) != end) return true;
  if (gathering.size == gathering.fds.size()) return false;
  gathering.fds[gathering.size++] = fd;
  return true;
}

}  // namespace

GatheredSends::GatheredSends() { gathering.on = true; }

GatheredSends::~GatheredSends() {
  gathering.on = false;
  // To set what is set already pushes what was kept (tcp(7)). It does no harm to what is no TCP connection.
  const int on = 1;
  for (; gathering.size > 0; --gathering.size) {
    setsockopt(gathering.fds[gathering.size - 1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
}

}  // namespace signet::rpc

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return syscall(SYS_sendmsg, fd, message, flags | (signet::rpc::Note(fd) ? MSG_MORE : 0));
}
