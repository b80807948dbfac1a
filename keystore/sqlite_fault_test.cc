// What a full or broken disk does to the SQLite store, at every operation of a commit.

#include <signal.h>
#include <sys/resource.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keystore/faulty_vfs.h"
#include "keystore/sqlite_key_store.h"
#include "keystore/test_folder.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

std::unique_ptr<KeyStore> Open(const TestFolder& folder) {
  absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(folder / "signet.db");
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

// A change that takes several pages.
Change BigChange(const std::string& tenant_id) {
  TenantRecord tenant = MakeTenant(tenant_id);
  tenant.display_name = std::string(20'000, 'x');
  return {{tenant, MakeRing(tenant_id, "r1")}, {}, {MakeEvent(tenant_id)}};
}

// Checks that `tenant_id` with its ring and its event is there whole or not at all, and tells which.
bool IsThere(KeyStore& store, const std::string& tenant_id) {
  const auto tenant = store.GetTenant(TenantId(tenant_id));
  const auto ring = store.GetRing(TenantId(tenant_id), RingId("r1"));
  const auto events = store.ListEvents({}, {.after = "", .limit = 1000});
  EXPECT_TRUE(tenant.ok() && ring.ok() && events.ok()) << tenant.status() << ring.status() << events.status();
  bool has_event = false;
  for (const Event& event : *events) has_event |= event.action == tenant_id;
  EXPECT_EQ(tenant->has_value(), ring->has_value());
  EXPECT_EQ(tenant->has_value(), has_event);
  return tenant->has_value();
}

class SqliteFault : public testing::Test {
 protected:
  void SetUp() override { FaultyVfs::Install(); }
  void TearDown() override { FaultyVfs::Heal(); }
  TestFolder folder_;
};

TEST_F(SqliteFault, ADiskFullAtAnyWriteOfACommitLeavesNothingOfItAndHeals) {
  std::unique_ptr<KeyStore> store = Open(folder_);
  ASSERT_TRUE(store->Commit(BigChange("before")).ok());
  int operation = 0;
  for (bool met = true; met; ++operation) {
    SCOPED_TRACE(operation);
    const std::string tenant = absl::StrCat("t", operation);
    FaultyVfs::FailAfter(operation, FaultyVfs::Fault::kFullDisk);
    const absl::StatusOr<Revision> revision = store->Commit(BigChange(tenant));
    EXPECT_TRUE(IsThere(*store, "before"));  // Reading works while the disk is full.
    met = FaultyVfs::Heal();
    if (met) {
      EXPECT_EQ(revision.status().code(), absl::StatusCode::kResourceExhausted) << revision.status();
      EXPECT_EQ(GetReason(revision.status()), reason::kStorageFull);
      EXPECT_FALSE(IsThere(*store, tenant));
      EXPECT_EQ(*store->Commit(BigChange(tenant)), operation + 2);
    } else {
      EXPECT_TRUE(revision.ok()) << revision.status();
    }
    EXPECT_TRUE(IsThere(*store, tenant));
  }
  EXPECT_GT(operation, 5);  // It did take several writes.

  store = nullptr;
  store = Open(folder_);
  for (int i = 0; i < operation; ++i) EXPECT_TRUE(IsThere(*store, absl::StrCat("t", i)));
  EXPECT_EQ(store->ListEvents({}, {.after = "", .limit = 1000})->size(), static_cast<size_t>(operation) + 1);
}

TEST_F(SqliteFault, ADiskThatBreaksAtAnyOperationOfACommitLeavesItWholeOrNotAtAllAndHeals) {
  std::unique_ptr<KeyStore> store = Open(folder_);
  ASSERT_TRUE(store->Commit(BigChange("before")).ok());
  std::vector<bool> there;
  for (bool met = true; met;) {
    const int operation = static_cast<int>(there.size());
    SCOPED_TRACE(operation);
    FaultyVfs::FailAfter(operation, FaultyVfs::Fault::kBrokenDisk);
    const absl::StatusOr<Revision> revision = store->Commit(BigChange(absl::StrCat("t", operation)));
    met = FaultyVfs::Heal();
    if (met) {
      EXPECT_EQ(revision.status().code(), absl::StatusCode::kUnavailable) << revision.status();
      EXPECT_EQ(GetReason(revision.status()), reason::kStoreUnavailable);
    } else {
      EXPECT_TRUE(revision.ok()) << revision.status();
    }
    there.push_back(IsThere(*store, absl::StrCat("t", operation)));
    EXPECT_TRUE(store->Commit(BigChange(absl::StrCat("healed", operation))).ok());
  }
  EXPECT_GT(there.size(), 6u);

  store = nullptr;
  store = Open(folder_);
  for (size_t i = 0; i < there.size(); ++i) {
    EXPECT_EQ(IsThere(*store, absl::StrCat("t", i)), there[i]);
    EXPECT_TRUE(IsThere(*store, absl::StrCat("healed", i)));
  }
}

// So many keys that their usage takes several pages, and an update that counts one signature of each.
constexpr int kUsedKeys = 400;

std::vector<Record> UsedKeys() {
  std::vector<Record> keys;
  for (int number = 0; number < kUsedKeys; ++number) {
    KeyRecord key = MakeKey("t1", absl::StrCat("r", number), number);
    key.state = KeyState::kEnabled;
    keys.emplace_back(key);
  }
  return keys;
}

std::vector<UsageUpdate> OneSignatureEach() {
  std::vector<UsageUpdate> updates(kUsedKeys);
  for (int number = 0; number < kUsedKeys; ++number) {
    updates[number].uid = MakeUid(number);
    updates[number].signatures = 1;
    updates[number].token_expiry_bound = TestTime();
  }
  return updates;
}

// Checks that every key has signed equally often, and tells how often.
int64_t SignatureCount(KeyStore& store) {
  const int64_t count = (*store.GetKeyByUid(MakeUid(0)))->usage.signature_count;
  for (int number = 1; number < kUsedKeys; ++number) {
    EXPECT_EQ((*store.GetKeyByUid(MakeUid(number)))->usage.signature_count, count) << number;
  }
  return count;
}

TEST_F(SqliteFault, ADiskFullAtAnyWriteOfUsageLeavesNothingOfItAndHeals) {
  std::unique_ptr<KeyStore> store = Open(folder_);
  ASSERT_TRUE(store->Commit({UsedKeys(), {}, {MakeEvent("Put")}}).ok());
  int operation = 0;
  int64_t count = 0;
  for (bool met = true; met; ++operation) {
    SCOPED_TRACE(operation);
    FaultyVfs::FailAfter(operation, FaultyVfs::Fault::kFullDisk);
    const auto refused = store->RecordUsage(OneSignatureEach());
    met = FaultyVfs::Heal();
    if (met) {
      EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
      EXPECT_EQ(GetReason(refused.status()), reason::kStorageFull);
    } else {
      ASSERT_TRUE(refused.ok()) << refused.status();
      EXPECT_TRUE(refused->empty());
      ++count;
    }
    EXPECT_EQ(SignatureCount(*store), count);
    ASSERT_TRUE(store->RecordUsage(OneSignatureEach()).ok());
    EXPECT_EQ(SignatureCount(*store), ++count);
  }
  EXPECT_GT(operation, 5);

  store = nullptr;
  store = Open(folder_);
  EXPECT_EQ(SignatureCount(*store), count);
}

TEST_F(SqliteFault, ADiskThatBreaksAtAnyOperationOfUsageLeavesItWholeOrNotAtAllAndHeals) {
  std::unique_ptr<KeyStore> store = Open(folder_);
  ASSERT_TRUE(store->Commit({UsedKeys(), {}, {MakeEvent("Put")}}).ok());
  int operation = 0;
  for (bool met = true; met; ++operation) {
    SCOPED_TRACE(operation);
    const int64_t before = SignatureCount(*store);
    FaultyVfs::FailAfter(operation, FaultyVfs::Fault::kBrokenDisk);
    const auto refused = store->RecordUsage(OneSignatureEach());
    met = FaultyVfs::Heal();
    if (met) {
      EXPECT_EQ(GetReason(refused.status()), reason::kStoreUnavailable);
    } else {
      EXPECT_TRUE(refused.ok()) << refused.status();
    }
    // The outcome of what failed is unknown.
    const int64_t after = SignatureCount(*store);
    EXPECT_TRUE(after == before + 1 || (met && after == before)) << before << " " << after;
    EXPECT_TRUE(store->RecordUsage(OneSignatureEach()).ok());
  }
  const int64_t count = SignatureCount(*store);
  store = nullptr;
  store = Open(folder_);
  EXPECT_EQ(SignatureCount(*store), count);
}

TEST_F(SqliteFault, ADiskFullAtAnyWriteOfTheCreationGivesACleanErrorAndTheNextTrySucceeds) {
  int operation = 0;
  for (bool met = true; met; ++operation) {
    SCOPED_TRACE(operation);
    const TestFolder folder;
    FaultyVfs::FailAfter(operation, FaultyVfs::Fault::kFullDisk);
    const absl::Status status = CreateSqliteKeyStore(folder / "signet.db").status();
    met = FaultyVfs::Heal();
    if (!met) {
      EXPECT_TRUE(status.ok()) << status;
    } else if (!status.ok()) {  // A write that fails when the file is closed is not told; the next start makes up for it.
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
      EXPECT_EQ(GetReason(status), reason::kStorageFull);
    }
    const std::unique_ptr<KeyStore> store = Open(folder);
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(*store->Commit(BigChange("t1")), 1);
  }
  EXPECT_GT(operation, 5);
}

// Limits the size of files, as a quota does: writes beyond it fail with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : former_handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &former_);
    const rlimit limit = {bytes, former_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &former_);
    signal(SIGXFSZ, former_handler_);
  }

 private:
  rlimit former_;
  sighandler_t former_handler_;
};

TEST_F(SqliteFault, ALimitOfTheKernelOnTheFileIsAFullDiskAndHeals) {
  const std::unique_ptr<KeyStore> store = Open(folder_);
  int committed = 0;
  {
    const FileSizeLimit limit(512 << 10);
    absl::Status status;
    while (status.ok() && committed < 1000) {
      status = store->Commit(BigChange(absl::StrCat("t", committed))).status();
      if (status.ok()) ++committed;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_EQ(GetReason(status), reason::kStorageFull);
  }
  EXPECT_GT(committed, 0);
  EXPECT_FALSE(IsThere(*store, absl::StrCat("t", committed)));
  EXPECT_EQ(*store->Commit(BigChange(absl::StrCat("t", committed))), committed + 1);
  for (int i = 0; i <= committed; ++i) EXPECT_TRUE(IsThere(*store, absl::StrCat("t", i)));
}

}  // namespace
}  // namespace signet::keystore
