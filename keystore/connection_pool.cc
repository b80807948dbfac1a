#include "keystore/connection_pool.h"

#include <chrono>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::keystore {

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Acquire(absl::Duration patience) {
  // The monotonic clock, as wake-ups may be spurious and the wall clock may jump.
  const auto start = std::chrono::steady_clock::now();
  MutexLock lock(mutex_);
  while (idle_.empty()) {
    const absl::Duration left = patience - absl::FromChrono(std::chrono::steady_clock::now() - start);
    if (left <= absl::ZeroDuration()) {
      return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable,
                   "the store is busy: no connection became free in time; try again");
    }
    returned_.WaitFor(mutex_, left);
  }
  std::unique_ptr<SqliteConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return Lease(*this, std::move(connection));
}

void ConnectionPool::Return(std::unique_ptr<SqliteConnection> connection) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.NotifyOne();
}

}  // namespace signet::keystore
