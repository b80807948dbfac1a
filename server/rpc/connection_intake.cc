#include "server/rpc/connection_intake.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace signet::rpc {
namespace {

constexpr int kBatch = 32;
constexpr int kRetryDelayMs = 100;

// 0 if `fd` is not open.
uint64_t InodeOf(int fd) {
  struct stat file;
  return fstat(fd, &file) == 0 ? file.st_ino : 0;
}

// What accept says of a connection that ended while it waited, rather than of this process (accept(2)).
bool IsOfTheConnection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool ConnectionIntake::Pace::IsDue() {
  const auto now = std::chrono::steady_clock::now();
  if (last_ && absl::FromChrono(now - *last_) < interval_) return false;
  last_ = now;
  return true;
}

absl::StatusOr<std::unique_ptr<ConnectionIntake>> ConnectionIntake::Create(std::vector<Source> sources, Logger& logger) {
  UniqueFd wake(eventfd(0, EFD_CLOEXEC));
  if (wake.get() < 0) return absl::UnavailableError(absl::StrCat("cannot accept connections: ", std::strerror(errno)));
  std::unique_ptr<ConnectionIntake> intake(new ConnectionIntake(std::move(sources), std::move(wake), logger));
  intake->thread_ = std::thread([raw = intake.get()] { raw->Run(); });
  return intake;
}

ConnectionIntake::ConnectionIntake(std::vector<Source> sources, UniqueFd wake, Logger& logger)
    : wake_(std::move(wake)), logger_(logger) {
  for (Source& source : sources) entries_.push_back({std::move(source)});
}

ConnectionIntake::~ConnectionIntake() { Close(); }

void ConnectionIntake::Close() {
  if (!thread_.joinable()) return;
  eventfd_write(wake_.get(), 1);
  thread_.join();
  entries_.clear();
}

void ConnectionIntake::Run() {
  std::vector<pollfd> waiting = {{wake_.get(), POLLIN, 0}};
  std::vector<Entry*> owners = {nullptr};
  for (Entry& entry : entries_) {
    for (const ListeningSocket& socket : entry.source.bound.sockets) {
      waiting.push_back({socket.fd(), POLLIN, 0});
      owners.push_back(&entry);
    }
  }
  bool failing = false;
  while (true) {
    // While accepting fails, sockets stay readable: only the end is waited for, and the time.
    if (failing) {
      poll(waiting.data(), 1, kRetryDelayMs);
    } else {
      poll(waiting.data(), waiting.size(), -1);
    }
    if ((waiting[0].revents & POLLIN) != 0) return;
    failing = false;
    for (size_t i = 1; i < waiting.size(); ++i) {
      if (!AcceptSome(waiting[i].fd, *owners[i])) failing = true;
    }
  }
}

bool ConnectionIntake::AcceptSome(int fd, Entry& entry) {
  for (int i = 0; i < kBatch; ++i) {
    UniqueFd connection(accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.get() < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      if (IsOfTheConnection(errno)) continue;
      NoteError(errno);
      return false;
    }
    ++accepted_;
    if (!HasRoom(entry)) {
      NoteRefusal(entry);
      continue;
    }
    entry.open[connection.get()] = InodeOf(connection.get());
    entry.source.take(std::move(connection));
  }
  return true;
}

bool ConnectionIntake::HasRoom(Entry& entry) {
  if (entry.open.size() < entry.source.max_connections) return true;
  if (!entry.counting.IsDue()) return false;
  std::erase_if(entry.open, [](const auto& connection) { return InodeOf(connection.first) != connection.second; });
  return entry.open.size() < entry.source.max_connections;
}

void ConnectionIntake::NoteError(int error) {
  ++errors_;
  if (!error_logging_.IsDue()) return;
  logger_.Log(LogLevel::kWarning, "grpc listener cannot accept", {{"error", std::strerror(error)}, {"errors", int64_t{errors_}}});
}

void ConnectionIntake::NoteRefusal(const Entry& entry) {
  ++refused_;
  if (!refusal_logging_.IsDue()) return;
  logger_.Log(LogLevel::kWarning, "grpc connections are refused, as there are too many",
              {{"address", entry.source.bound.address}, {"refused", int64_t{refused_}}});
}

}  // namespace signet::rpc
