#include "keystore/sqlite_connection.h"

#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/sqlite_statement.h"
#include "keystore/sqlite_transaction.h"
#include "keystore/test_folder.h"

namespace signet::keystore {
namespace {

class SqliteConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(path_).close();
    connection_ = *SqliteConnection::Open(path_, SqliteConnection::Access::kReadWrite);
    ASSERT_TRUE(connection_->Run("CREATE TABLE t (number INTEGER, text TEXT, bytes BLOB) STRICT;", "make a table").ok());
  }

  int64_t Number(const char* sql) { return SelectNumber(*connection_, sql, {}, -1).value_or(-2); }

  TestFolder folder_;
  const std::string path_ = folder_ / "test.db";
  std::unique_ptr<SqliteConnection> connection_;
};

TEST_F(SqliteConnectionTest, SyncsEachCommitAndChecksForeignKeys) {
  EXPECT_EQ(Number("PRAGMA synchronous"), 2);  // FULL
  EXPECT_EQ(Number("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(Number("PRAGMA trusted_schema"), 0);
}

TEST_F(SqliteConnectionTest, AReadOnlyConnectionCannotWrite) {
  const auto reader = SqliteConnection::Open(path_, SqliteConnection::Access::kReadOnly);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_FALSE((*reader)->Run("INSERT INTO t (number) VALUES (1);", "write").ok());
  EXPECT_EQ(Number("SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteConnectionTest, BindsEveryKindOfValueAsItIs) {
  const std::string bytes("\x00\xff", 2);
  ASSERT_TRUE(RunStatement(*connection_, "INSERT INTO t (number, text, bytes) VALUES (?1, ?2, ?3)",
                           {int64_t{-1} << 62, "'; DROP TABLE t; --", SqliteBlob(bytes)})
                  .ok());
  auto row = SqliteStatement::Create(*connection_, "SELECT number, text, bytes FROM t", {});
  ASSERT_TRUE(*row->Step());
  EXPECT_EQ(row->Number(0), int64_t{-1} << 62);
  EXPECT_EQ(row->Text(1), "'; DROP TABLE t; --");
  EXPECT_EQ(row->Bytes(2), bytes);
  EXPECT_FALSE(*row->Step());
}

TEST_F(SqliteConnectionTest, TellsEmptyTextAndBytesFromNull) {
  const std::vector<SqliteValue> empty = {absl::string_view(), SqliteBlob(absl::string_view())};
  ASSERT_TRUE(RunStatement(*connection_, "INSERT INTO t (text, bytes) VALUES (?1, ?2)", empty).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM t WHERE text = '' AND bytes = x''"), 1);
  ASSERT_TRUE(RunStatement(*connection_, "UPDATE t SET text = ?1", {nullptr}).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM t WHERE text IS NULL"), 1);
}

TEST_F(SqliteConnectionTest, CountsTheRowsThatAStatementChanged) {
  EXPECT_EQ(*RunStatement(*connection_, "INSERT INTO t (number) VALUES (?1), (?2)", {int64_t{1}, int64_t{2}}), 2);
  EXPECT_EQ(*RunStatement(*connection_, "DELETE FROM t WHERE number = ?1", {int64_t{3}}), 0);
}

TEST_F(SqliteConnectionTest, ABrokenStatementOrConstraintIsADefectAndItsMessageShowsNoSql) {
  for (const char* sql : {"SELECT nonsense FROM t", "INSERT INTO t (number) VALUES ('nonsense')"}) {
    const absl::Status status = RunStatement(*connection_, sql, {}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_EQ(GetReason(status), reason::kDefect);
    EXPECT_EQ(std::string(status.message()).find("nonsense"), std::string::npos) << status;
  }
}

TEST_F(SqliteConnectionTest, AStatementIsPreparedOnceForThoseWhoUseItInTurn) {
  constexpr char kSql[] = "SELECT coalesce(?1, 'none')";
  sqlite3_stmt* const first = *connection_->Prepare(kSql);
  sqlite3_stmt* const second = *connection_->Prepare(kSql);
  EXPECT_NE(first, second) << "used at the same time";
  connection_->Keep(first);
  connection_->Keep(second);
  for (const absl::string_view value : {"a", "b"}) {
    auto row = SqliteStatement::Create(*connection_, kSql, {value});
    ASSERT_TRUE(*row->Step());
    EXPECT_EQ(row->Text(0), value);
  }
  sqlite3_stmt* const again = *connection_->Prepare(kSql);
  EXPECT_TRUE(again == first || again == second);
  ASSERT_EQ(sqlite3_step(again), SQLITE_ROW);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(again, 0)), "none") << "parameters are not kept";
  connection_->Keep(again);
}

TEST_F(SqliteConnectionTest, AStatementThatIsKeptHoldsNoTransactionOpenAndFollowsAChangeOfTheSchema) {
  ASSERT_TRUE(RunStatement(*connection_, "INSERT INTO t (number) VALUES (1), (2)", {}).ok());
  constexpr char kSql[] = "SELECT * FROM t";
  // It stands on a row when it ends.
  ASSERT_TRUE(*SqliteStatement::Create(*connection_, kSql, {})->Step());
  EXPECT_EQ(sqlite3_txn_state(connection_->handle(), nullptr), SQLITE_TXN_NONE);
  ASSERT_TRUE(connection_->Run("ALTER TABLE t ADD COLUMN other INTEGER NOT NULL DEFAULT 7;", "alter a table").ok());
  auto row = SqliteStatement::Create(*connection_, kSql, {});
  ASSERT_TRUE(*row->Step());
  EXPECT_EQ(row->Number(0), 1);
  EXPECT_EQ(row->Number(3), 7);
}

TEST_F(SqliteConnectionTest, NoMoreStatementsAreKeptThanAFew) {
  for (size_t i = 0; i < 2 * SqliteConnection::kKeptStatements; ++i) {
    ASSERT_TRUE(RunStatement(*connection_, absl::StrCat("SELECT ", i), {}).ok());
  }
  size_t kept = 0;
  for (sqlite3_stmt* each = nullptr; (each = sqlite3_next_stmt(connection_->handle(), each)) != nullptr;) ++kept;
  EXPECT_EQ(kept, SqliteConnection::kKeptStatements);
}

TEST_F(SqliteConnectionTest, ATransactionThatIsNotCommittedIsUndone) {
  {
    auto transaction = SqliteTransaction::Begin(*connection_, SqliteTransaction::Kind::kWrite);
    ASSERT_TRUE(transaction.ok()) << transaction.status();
    ASSERT_TRUE(RunStatement(*connection_, "INSERT INTO t (number) VALUES (1)", {}).ok());
  }
  EXPECT_EQ(Number("SELECT count(*) FROM t"), 0);
  {
    auto transaction = SqliteTransaction::Begin(*connection_, SqliteTransaction::Kind::kWrite);
    ASSERT_TRUE(RunStatement(*connection_, "INSERT INTO t (number) VALUES (1)", {}).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }
  EXPECT_EQ(Number("SELECT count(*) FROM t"), 1);
}

}  // namespace
}  // namespace signet::keystore
