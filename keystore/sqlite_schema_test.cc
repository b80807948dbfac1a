#include "keystore/sqlite_schema.h"

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/sqlite_key_store.h"
#include "keystore/sqlite_statement.h"
#include "keystore/test_folder.h"

namespace signet::keystore {
namespace {

// A history of three releases.
const char kFirst[] = "CREATE TABLE a (x INTEGER); INSERT INTO a (x) VALUES (1);";
const char kSecond[] = "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;";
const char kThird[] = "CREATE TABLE b (z INTEGER); INSERT INTO b (z) SELECT y + 1 FROM a;";

class SqliteSchema : public testing::Test {
 protected:
  std::unique_ptr<SqliteConnection> Open() {
    std::ofstream(path_, std::ios::app).close();
    auto connection = SqliteConnection::Open(path_, SqliteConnection::Access::kReadWrite);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }

  static int64_t Number(SqliteConnection& connection, const char* sql) {
    const absl::StatusOr<int64_t> number = SelectNumber(connection, sql, {}, -1);
    EXPECT_TRUE(number.ok()) << number.status();
    return number.value_or(-2);
  }

  // Only while no connection is open: to close a file ends SQLite's locks on it.
  std::string Content() {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }

  TestFolder folder_;
  const std::string path_ = folder_ / "signet.db";
};

TEST_F(SqliteSchema, ANewDatabaseGetsEveryMigrationInOrder) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection, {kFirst, kSecond, kThird}).ok());
  EXPECT_EQ(Number(*connection, "SELECT z FROM b"), 3);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 3);
}

TEST_F(SqliteSchema, ADatabaseOfEachOldVersionIsBroughtUpToDate) {
  const std::vector<std::string> history = {kFirst, kSecond, kThird};
  for (size_t version = 1; version <= history.size(); ++version) {
    const auto connection = Open();
    ASSERT_TRUE(Migrate(*connection, {history.begin(), history.begin() + version}).ok());
    EXPECT_EQ(Number(*connection, "PRAGMA user_version"), static_cast<int64_t>(version));
    ASSERT_TRUE(Migrate(*connection, history).ok());
    EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 3);
    EXPECT_EQ(Number(*connection, "SELECT z FROM b"), 3);
    ASSERT_TRUE(connection->Run("PRAGMA user_version = 0; PRAGMA application_id = 0; DROP TABLE a; DROP TABLE b;", "reset").ok());
  }
}

TEST_F(SqliteSchema, ToMigrateAgainChangesNothing) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection, {kFirst}).ok());
  ASSERT_TRUE(Migrate(*connection, {kFirst}).ok());
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM a"), 1);
}

TEST_F(SqliteSchema, AMigrationThatFailsLeavesTheVersionBeforeIt) {
  const auto connection = Open();
  EXPECT_EQ(GetReason(Migrate(*connection, {kFirst, "CREATE TABLE c (x INTEGER); SELECT nonsense;"})), reason::kDefect);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 1);
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
  ASSERT_TRUE(Migrate(*connection, {kFirst, kSecond}).ok());
  EXPECT_EQ(Number(*connection, "SELECT y FROM a"), 2);
}

TEST_F(SqliteSchema, AStoreOfANewerReleaseIsRefusedAndUntouched) {
  ASSERT_TRUE(CreateSqliteKeyStore(path_).ok());
  ASSERT_TRUE(Open()->Run("PRAGMA user_version = 1000;", "pretend").ok());
  const std::string before = Content();
  const absl::Status status = CreateSqliteKeyStore(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteSchema, ADatabaseOfAnotherProgramIsRefusedAndUntouched) {
  ASSERT_TRUE(Open()->Run("CREATE TABLE recipes (name TEXT);", "pretend").ok());
  const std::string before = Content();
  const absl::Status status = CreateSqliteKeyStore(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteSchema, TheReleasedMigrationsMakeOneStoreRowWithAnInstanceId) {
  const auto connection = Open();
  ASSERT_TRUE(Migrate(*connection, SqliteMigrations()).ok());
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM store"), 1);
  EXPECT_EQ(Number(*connection, "SELECT length(instance_id) FROM store"), 32);
  EXPECT_EQ(Number(*connection, "SELECT revision FROM store"), 0);
}

}  // namespace
}  // namespace signet::keystore
