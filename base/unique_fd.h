#ifndef SIGNET_BASE_UNIQUE_FD_H_
#define SIGNET_BASE_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace signet {

// UniqueFd owns a file descriptor, or none (-1).
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }

  int get() const { return fd_; }
  // Gives it away.
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace signet

#endif  // SIGNET_BASE_UNIQUE_FD_H_
