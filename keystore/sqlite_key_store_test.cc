// What is SQLite's alone: its files, and who may open them. The rest is in the conformance suite.

#include "keystore/sqlite_key_store.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/sqlite_connection.h"
#include "keystore/sqlite_status.h"
#include "keystore/test_folder.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

class SqliteKeyStoreFile : public testing::Test {
 protected:
  std::unique_ptr<KeyStore> Open() {
    absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat status;
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  TestFolder folder_;
  const std::string path_ = folder_ / "signet.db";
};

// Runs `action` on a thread without the capabilities that let root pass by the modes of files.
template <typename Action>
void WithoutPrivileges(Action action) {
  std::thread([&] {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2] = {};
    ASSERT_EQ(syscall(SYS_capset, &header, none), 0);
    action();
  }).join();
}

TEST_F(SqliteKeyStoreFile, SurvivesReopeningWithAllData) {
  TenantRecord tenant = MakeTenant("t1");
  tenant.host_aliases = {"a.example"};
  RequestRecord request = MakeRequest("t1", "q1");
  const Change change = {
      {tenant, MakeRing("t1", "r1"), MakeKey("t1", "r1", 1), request, MakeCredential("t1", "c1", 1), MakeRevokedToken("t1", "j1")},
      {},
      {MakeEvent("First"), MakeEvent("Second")}};
  std::unique_ptr<KeyStore> store = Open();
  const std::string instance_id = *store->InstanceId();
  ASSERT_TRUE(store->Commit(change).ok());
  UsageUpdate usage;
  usage.uid = MakeUid(1);
  usage.signatures = 7;
  usage.latest_token_expiry = TestTime();
  ASSERT_TRUE(store->RecordUsage({usage}).ok());
  ASSERT_TRUE(*store->HoldLease({"rotation", "a", TestTime() + absl::Minutes(1)}, TestTime()));
  ASSERT_TRUE(store->RecordCredentialUse({{TenantId("t1"), CredentialId("c1"), TestTime()}}).ok());
  ASSERT_TRUE(*store->UseOnce("a", "j1", TestTime() + absl::Minutes(1), TestTime()));
  request = **store->GetRequest("t1", "q1");
  const std::vector<Record> records = store->ReadChanges(0, 100)->records;
  const std::vector<Event> events = *store->ListEvents({}, {});
  store = nullptr;

  store = Open();
  EXPECT_EQ(*store->InstanceId(), instance_id);
  EXPECT_EQ(store->ReadChanges(0, 100)->records, records);
  EXPECT_EQ((*store->GetKeyByUid(MakeUid(1)))->usage.signature_count, 7);
  EXPECT_FALSE(*store->HoldLease({"rotation", "b", TestTime() + absl::Minutes(1)}, TestTime()));
  EXPECT_FALSE(*store->UseOnce("a", "j1", TestTime() + absl::Minutes(1), TestTime()));
  EXPECT_EQ((*store->GetCredential(TenantId("t1"), CredentialId("c1")))->last_used_time, TestTime());
  EXPECT_EQ(*store->ListEvents({}, {}), events);
  EXPECT_EQ(**store->GetRequest("t1", "q1"), request);
  EXPECT_EQ((*store->GetTenantByHostAlias("a.example"))->id, tenant.id);
  EXPECT_EQ(*store->Commit({{MakeTenant("t2")}, {}, {MakeEvent("Third")}}), 2);
}

TEST_F(SqliteKeyStoreFile, TwoStoresHaveDifferentInstanceIds) {
  const auto other = CreateSqliteKeyStore(folder_ / "other.db");
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_NE(*Open()->InstanceId(), *(*other)->InstanceId());
}

TEST_F(SqliteKeyStoreFile, EveryFileIsForItsOwnerOnlyWhateverTheUmask) {
  const mode_t umask_before = umask(0);
  const std::unique_ptr<KeyStore> store = Open();
  ASSERT_TRUE(store->Commit({{MakeTenant("t1")}, {}, {MakeEvent("Put")}}).ok());
  umask(umask_before);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(ModeOf(entry.path()), mode_t{0600}) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 4);  // The database, its WAL, its SHM and the lock.
}

TEST_F(SqliteKeyStoreFile, AFileThatWasOpenToOthersIsClosedToThem) {
  Open() = nullptr;
  chmod(path_.c_str(), 0666);
  const std::unique_ptr<KeyStore> store = Open();
  EXPECT_EQ(ModeOf(path_), mode_t{0600});
  EXPECT_EQ(ModeOf(absl::StrCat(path_, "-wal")), mode_t{0600});
}

TEST_F(SqliteKeyStoreFile, ASecondOpenerIsRefusedWithTheNamesOfTheFiles) {
  std::unique_ptr<KeyStore> store = Open();
  const absl::Status status = CreateSqliteKeyStore(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(GetReason(status), reason::kStoreUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), path_)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "another signetd")) << status;
  // The first one is none the worse for it.
  EXPECT_TRUE(store->Commit({{MakeTenant("t1")}, {}, {MakeEvent("Put")}}).ok());
  store = nullptr;
  EXPECT_NE(Open(), nullptr);
}

TEST_F(SqliteKeyStoreFile, AForeignProgramThatHoldsTheWriteLockMakesCommitsUnavailableUntilItLetsGo) {
  const std::unique_ptr<KeyStore> store = Open();
  const auto foreign = SqliteConnection::Open(path_, SqliteConnection::Access::kReadWrite);
  ASSERT_TRUE((*foreign)->Run("BEGIN IMMEDIATE;", "lock").ok());
  const Change change = {{MakeTenant("t1")}, {}, {MakeEvent("Put")}};
  const absl::Status status = store->Commit(change).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(GetReason(status), reason::kStoreUnavailable);
  EXPECT_EQ(status.GetPayload(kSqliteCodePayload), absl::Cord("5"));  // SQLITE_BUSY
  EXPECT_EQ(GetReason(store->RecordUsage({}).status()), reason::kStoreUnavailable);
  EXPECT_EQ(GetReason(store->RecordCredentialUse({})), reason::kStoreUnavailable);
  EXPECT_EQ(GetReason(store->UseOnce("a", "b", TestTime(), TestTime()).status()), reason::kStoreUnavailable);
  EXPECT_EQ(GetReason(store->HoldLease({"rotation", "a", TestTime()}, TestTime()).status()), reason::kStoreUnavailable);
  EXPECT_TRUE(store->GetTenant(TenantId("t1")).ok());
  ASSERT_TRUE((*foreign)->Run("ROLLBACK;", "unlock").ok());
  EXPECT_TRUE(store->Commit(change).ok());
}

TEST_F(SqliteKeyStoreFile, AMissingFolderIsNotFound) {
  EXPECT_EQ(CreateSqliteKeyStore(folder_ / "missing/signet.db").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SqliteKeyStoreFile, AFolderThatIsAFileIsNotFound) {
  std::ofstream(folder_ / "file") << "x";
  EXPECT_EQ(CreateSqliteKeyStore(folder_ / "file/signet.db").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SqliteKeyStoreFile, APathThatIsAFolderOrEmptyIsRefused) {
  EXPECT_EQ(CreateSqliteKeyStore(folder_.path()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CreateSqliteKeyStore("").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteKeyStoreFile, AFolderThatIsNotWritableIsPermissionDenied) {
  chmod(folder_.path().c_str(), 0500);
  WithoutPrivileges([&] { EXPECT_EQ(CreateSqliteKeyStore(path_).status().code(), absl::StatusCode::kPermissionDenied); });
  chmod(folder_.path().c_str(), 0700);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteKeyStoreFile, AFileThatIsNotWritableIsPermissionDenied) {
  Open() = nullptr;
  chmod(path_.c_str(), 0400);
  WithoutPrivileges([&] { EXPECT_EQ(CreateSqliteKeyStore(path_).status().code(), absl::StatusCode::kPermissionDenied); });
}

TEST_F(SqliteKeyStoreFile, AFileThatIsNoDatabaseIsCorruptAndUntouched) {
  const std::string text(5000, 'x');
  std::ofstream(path_) << text;
  const absl::Status status = CreateSqliteKeyStore(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(GetReason(status), reason::kStoreCorrupt);
  std::string after;
  std::getline(std::ifstream(path_), after);
  EXPECT_EQ(after, text);
}

TEST_F(SqliteKeyStoreFile, AFileWhosePagesAreDamagedIsReportedAsCorrupt) {
  {
    const std::unique_ptr<KeyStore> store = Open();
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(store->Commit({{MakeTenant(absl::StrCat("t", i))}, {}, {MakeEvent("Put")}}).ok());
    }
  }
  const auto size = std::filesystem::file_size(path_);
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);  // All but the first page, which is the schema.
    file << std::string(size - 4096, '\xa5');
  }
  absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path_);
  absl::Status status = store.status();
  if (store.ok()) status = (*store)->GetTenant(TenantId("t1")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(GetReason(status), reason::kStoreCorrupt);
}

TEST_F(SqliteKeyStoreFile, ARecordThatIsDamagedIsReportedAsCorruptAndTheOthersAreRead) {
  const std::unique_ptr<KeyStore> store = Open();
  ASSERT_TRUE(store->Commit({{MakeTenant("t1"), MakeTenant("t2")}, {}, {MakeEvent("Put")}}).ok());
  const auto foreign = SqliteConnection::Open(path_, SqliteConnection::Access::kReadWrite);
  ASSERT_TRUE((*foreign)->Run("UPDATE tenants SET record = '{\"kind\":\"GALAXY\"}' WHERE id = 't1';", "damage").ok());
  const absl::Status status = store->GetTenant(TenantId("t1")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(GetReason(status), reason::kStoreCorrupt);
  EXPECT_TRUE(store->GetTenant(TenantId("t2")).ok());
}

}  // namespace
}  // namespace signet::keystore
