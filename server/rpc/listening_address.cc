#include "server/rpc/listening_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"

namespace signet::rpc {
namespace {

constexpr absl::string_view kUnixPrefix = "unix:";

constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
// How often port 0 is tried anew, if what was picked for the first address of a host is taken on another.
constexpr int kAttempts = 20;

// OwnerOnlyFiles has the files that this process makes be its user's alone, until its destructor.
class OwnerOnlyFiles {
 public:
  OwnerOnlyFiles() : previous_(umask(077)) {}
  ~OwnerOnlyFiles() { umask(previous_); }
  OwnerOnlyFiles(const OwnerOnlyFiles&) = delete;
  OwnerOnlyFiles& operator=(const OwnerOnlyFiles&) = delete;

 private:
  const mode_t previous_;
};

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

std::string UnixPath(absl::string_view address) { return std::string(absl::StripPrefix(address, kUnixPrefix)); }

// Removes the file that a dead process left at `path`, which is `name`; never takes it away from a process that serves it.
absl::Status RemoveStaleSocket(const std::string& address, const std::string& path, const sockaddr_un& name) {
  struct stat file;
  if (lstat(path.c_str(), &file) != 0) {
    return errno == ENOENT ? absl::OkStatus() : CannotListen(address, std::strerror(errno));
  }
  if (!S_ISSOCK(file.st_mode)) return CannotListen(address, "a file that is no socket is in its place");
  const UniqueFd probe(socket(AF_UNIX, kSocketFlags, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 || errno == EAGAIN) {
    return CannotListen(address, std::strerror(EADDRINUSE));
  }
  // Refused: nobody has the socket open any more.
  if (errno != ECONNREFUSED || unlink(path.c_str()) != 0) return CannotListen(address, std::strerror(errno));
  return absl::OkStatus();
}

absl::StatusOr<BoundAddress> ListenOnUnix(const std::string& address) {
  const std::string path = UnixPath(address);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    return CannotListen(address, absl::StrCat("the path must have 1 to ", sizeof(name.sun_path) - 1, " bytes"));
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  SIGNET_RETURN_IF_ERROR(RemoveStaleSocket(address, path, name));

  UniqueFd fd(socket(AF_UNIX, kSocketFlags, 0));
  {
    const OwnerOnlyFiles socket_too;  // So that nobody else can connect before the chmod below.
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
      return CannotListen(address, std::strerror(errno));
    }
  }
  BoundAddress bound{address, {}};
  ListeningSocket& made = bound.sockets.emplace_back(std::move(fd), path);
  struct stat file;
  if (lstat(path.c_str(), &file) == 0) made.SetInode(file.st_ino);
  if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || listen(made.fd(), SOMAXCONN) != 0) {
    return CannotListen(address, std::strerror(errno));
  }
  return bound;
}

// The port is the third and fourth byte of both sockaddr_in and sockaddr_in6.
static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
uint16_t PortOf(const sockaddr_storage& name) { return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port); }
void SetPort(uint16_t port, sockaddr_storage& name) { reinterpret_cast<sockaddr_in&>(name).sin_port = htons(port); }

// Listens on `candidate`, but on `port`, which becomes the one that was bound; returns 0 or an errno.
int ListenOn(const addrinfo& candidate, uint16_t& port, std::vector<ListeningSocket>& sockets) {
  UniqueFd fd(socket(candidate.ai_family, kSocketFlags, 0));
  const int on = 1;
  const int off = 0;
  // Connections of the past do not count. What is accepted inherits TCP_NODELAY.
  if (fd.get() < 0 || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    return errno;
  }
  if (candidate.ai_family == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  sockaddr_storage name = {};
  std::memcpy(&name, candidate.ai_addr, candidate.ai_addrlen);
  SetPort(port, name);
  // Here and not later: with SO_REUSEADDR, Linux notices only a port that is listened on.
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), candidate.ai_addrlen) != 0 || listen(fd.get(), SOMAXCONN) != 0) {
    return errno;
  }
  socklen_t size = sizeof(name);
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) return errno;
  port = PortOf(name);
  sockets.emplace_back(std::move(fd), "");
  return 0;
}

// Listens on all of `candidates` with one port; returns 0 or an errno.
int ListenOnAll(const addrinfo* candidates, uint16_t& port, std::vector<ListeningSocket>& sockets) {
  int failure = EADDRNOTAVAIL;
  for (const addrinfo* candidate = candidates; candidate != nullptr; candidate = candidate->ai_next) {
    const int result = ListenOn(*candidate, port, sockets);
    // A name may have an address that this machine lacks, such as ::1 without IPv6; one that is taken is another matter.
    if (result != 0 && result != EADDRNOTAVAIL && result != EAFNOSUPPORT) return result;
    if (result == 0) failure = 0;
  }
  return failure;
}

absl::StatusOr<BoundAddress> ListenOnTcp(const std::string& address) {
  const size_t colon = address.rfind(':');
  uint32_t wanted = 0;
  // getaddrinfo would take a greater port modulo 65536.
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &wanted) || wanted > 65535) {
    return CannotListen(address, "it is not HOST:PORT");
  }
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");

  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* resolved = nullptr;
  const int error = getaddrinfo(std::string(host).c_str(), address.c_str() + colon + 1, &hints, &resolved);
  if (error != 0) return CannotListen(address, gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(resolved, freeaddrinfo);

  int failure = 0;
  for (int attempt = 0; attempt < (wanted == 0 ? kAttempts : 1); ++attempt) {
    uint16_t port = static_cast<uint16_t>(wanted);
    BoundAddress bound;
    failure = ListenOnAll(resolved, port, bound.sockets);
    if (failure == 0) {
      bound.address = absl::StrCat(address.substr(0, colon), ":", port);
      return bound;
    }
    if (failure != EADDRINUSE) break;
  }
  return CannotListen(address, std::strerror(failure));
}

}  // namespace

ListeningSocket::~ListeningSocket() {
  struct stat file;
  if (unix_path_.empty() || lstat(unix_path_.c_str(), &file) != 0 || file.st_ino != inode_) return;
  unlink(unix_path_.c_str());
}

bool IsUnixAddress(absl::string_view address) { return absl::StartsWith(address, kUnixPrefix); }

absl::StatusOr<BoundAddress> Listen(const std::string& address) {
  return IsUnixAddress(address) ? ListenOnUnix(address) : ListenOnTcp(address);
}

}  // namespace signet::rpc
