#ifndef SIGNET_TESTS_E2E_STORE_LOCK_H_
#define SIGNET_TESTS_E2E_STORE_LOCK_H_

#include <string>

namespace signet::testing {

// StoreLock takes the store from a server, as a foreign program does that locks its file: until the object goes, the server can
// neither read nor write. The locks are those of SQLite's WAL index (https://sqlite.org/walformat.html, section 2.2.1).
class StoreLock {
 public:
  // Waits until no transaction runs. `database` is the path of a database that a server has open.
  explicit StoreLock(const std::string& database);
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_STORE_LOCK_H_
