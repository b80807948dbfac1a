#include "tests/e2e/store_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace signet::testing {
namespace {

// Of the write lock, the checkpoint lock, the recovery lock and the five read locks.
constexpr off_t kFirstLockByte = 120;
constexpr off_t kLockBytes = 8;

}  // namespace

StoreLock::StoreLock(const std::string& database) : file_(open((database + "-shm").c_str(), O_RDWR | O_CLOEXEC)) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kFirstLockByte;
  lock.l_len = kLockBytes;
  // A lock that was not taken would make the test pass for nothing.
  if (file_ < 0 || fcntl(file_, F_SETLKW, &lock) != 0) std::abort();
}

StoreLock::~StoreLock() { close(file_); }

}  // namespace signet::testing
