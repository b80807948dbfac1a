#include "server/rpc/listening_address.h"

#include <netdb.h>
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

namespace signet::rpc {
namespace {

constexpr absl::string_view kUnixPrefix = "unix:";

// FileDescriptor closes what it holds.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

absl::Status PrepareUnixAddress(const std::string& address) {
  const std::string path = UnixPath(address);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    return CannotListen(address, absl::StrCat("the path must have 1 to ", sizeof(name.sun_path) - 1, " bytes"));
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  struct stat file;
  if (lstat(path.c_str(), &file) != 0) {
    return errno == ENOENT ? absl::OkStatus() : CannotListen(address, std::strerror(errno));
  }
  if (!S_ISSOCK(file.st_mode)) return CannotListen(address, "a file that is no socket is in its place");

  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0 || errno == EAGAIN) {
    return CannotListen(address, std::strerror(EADDRINUSE));
  }
  // Refused: nobody has the socket open any more.
  if (errno != ECONNREFUSED || unlink(path.c_str()) != 0) return CannotListen(address, std::strerror(errno));
  return absl::OkStatus();
}

// Tries whether `candidate` can be bound; returns 0 or an errno.
int TryBind(const addrinfo& candidate) {
  const FileDescriptor probe(socket(candidate.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  // As gRPC has it: connections of the past do not count.
  if (probe.get() < 0 || setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return errno;
  return bind(probe.get(), candidate.ai_addr, candidate.ai_addrlen) == 0 ? 0 : errno;
}

absl::Status PrepareTcpAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  // getaddrinfo would take a greater port modulo 65536.
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65535) {
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

  int failure = EADDRNOTAVAIL;
  for (const addrinfo* candidate = resolved; candidate != nullptr; candidate = candidate->ai_next) {
    const int result = TryBind(*candidate);
    // A name may have an address that this machine lacks, such as ::1 without IPv6; one that is taken is another matter.
    if (result != 0 && result != EADDRNOTAVAIL && result != EAFNOSUPPORT) return CannotListen(address, std::strerror(result));
    if (result == 0) failure = 0;
  }
  return failure == 0 ? absl::OkStatus() : CannotListen(address, std::strerror(failure));
}

}  // namespace

bool IsUnixAddress(absl::string_view address) { return absl::StartsWith(address, kUnixPrefix); }

std::string UnixPath(absl::string_view address) { return std::string(absl::StripPrefix(address, kUnixPrefix)); }

absl::Status PrepareListeningAddress(const std::string& address) {
  return IsUnixAddress(address) ? PrepareUnixAddress(address) : PrepareTcpAddress(address);
}

std::string WithPort(const std::string& address, int port) {
  return IsUnixAddress(address) ? address : absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace signet::rpc
