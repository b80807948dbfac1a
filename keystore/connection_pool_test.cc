#include "keystore/connection_pool.h"

#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/test_folder.h"

namespace signet::keystore {
namespace {

std::vector<std::unique_ptr<SqliteConnection>> OpenMany(const TestFolder& folder, int count) {
  const std::string path = folder / "test.db";
  std::ofstream(path).close();
  std::vector<std::unique_ptr<SqliteConnection>> connections;
  for (int i = 0; i < count; ++i) {
    connections.push_back(*SqliteConnection::Open(path, SqliteConnection::Access::kReadWrite));
  }
  return connections;
}

TEST(ConnectionPool, LendsEachConnectionToOneBorrowerAtATime) {
  const TestFolder folder;
  ConnectionPool pool(OpenMany(folder, 2));
  const absl::StatusOr<ConnectionPool::Lease> first = pool.Acquire(absl::ZeroDuration());
  const absl::StatusOr<ConnectionPool::Lease> second = pool.Acquire(absl::ZeroDuration());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(&**first, &**second);
  const absl::Status third = pool.Acquire(absl::Milliseconds(1)).status();
  EXPECT_EQ(third.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(GetReason(third), reason::kStoreUnavailable);
}

TEST(ConnectionPool, LendsAConnectionAgainThatCameBack) {
  const TestFolder folder;
  ConnectionPool pool(OpenMany(folder, 1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.Acquire(absl::ZeroDuration()).ok());
}

TEST(ConnectionPool, WakesABorrowerWhoWaits) {
  const TestFolder folder;
  ConnectionPool pool(OpenMany(folder, 1));
  std::optional<absl::StatusOr<ConnectionPool::Lease>> lease(pool.Acquire(absl::ZeroDuration()));
  ASSERT_TRUE(lease->ok());
  std::thread borrower([&pool] { EXPECT_TRUE(pool.Acquire(absl::InfiniteDuration()).ok()); });
  lease.reset();
  borrower.join();
}

}  // namespace
}  // namespace signet::keystore
