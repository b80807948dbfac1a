#ifndef SIGNET_KEYSTORE_CONNECTION_POOL_H_
#define SIGNET_KEYSTORE_CONNECTION_POOL_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "keystore/sqlite_connection.h"

namespace signet::keystore {

// ConnectionPool lends SQLite connections, each to one borrower at a time, so that no lock is held while SQL runs. Thread-safe;
// must outlive its leases.
class ConnectionPool {
 public:
  // Lease is the exclusive use of a connection, until its destructor.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : pool_(other.pool_), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    SqliteConnection& operator*() const { return *connection_; }

   private:
    friend class ConnectionPool;
    Lease(ConnectionPool& pool, std::unique_ptr<SqliteConnection> connection) : pool_(&pool), connection_(std::move(connection)) {}

    ConnectionPool* pool_;
    std::unique_ptr<SqliteConnection> connection_;
  };

  explicit ConnectionPool(std::vector<std::unique_ptr<SqliteConnection>> connections) : idle_(std::move(connections)) {}

  // Lends a connection, waiting at most `patience` for one.
  //   kUnavailable  STORE_UNAVAILABLE: all were in use; nothing was done, safe to retry
  absl::StatusOr<Lease> Acquire(absl::Duration patience);

 private:
  void Return(std::unique_ptr<SqliteConnection> connection);

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_CONNECTION_POOL_H_
