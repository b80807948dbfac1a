// A killed process loses no commit that it acknowledged, and leaves no half of one.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "keystore/sqlite_key_store.h"
#include "keystore/test_folder.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

constexpr int kKills = 12;

// Commits a ring with its key, then that the key signed once, until it dies; writes the number of each to `acknowledgements` after
// both.
[[noreturn]] void WriteUntilKilled(const std::string& path, int first, int acknowledgements) {
  absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path);
  if (!store.ok()) _exit(1);
  for (int32_t number = first;; ++number) {
    const std::string ring = absl::StrCat("r", number);
    const Change change = {{MakeRing("t1", ring), MakeKey("t1", ring, number)}, {}, {MakeEvent(ring)}};
    if (!(*store)->Commit(change).ok()) _exit(2);
    UsageUpdate usage;
    usage.uid = MakeUid(number);
    usage.signatures = 1;
    if (!(*store)->RecordUsage({usage}).ok()) _exit(4);
    if (write(acknowledgements, &number, sizeof(number)) != sizeof(number)) _exit(3);
  }
}

// Starts a writer, kills it after `count` acknowledgements and whatever it does then, and returns the last number it acknowledged.
int KillAfter(const std::string& path, int first, int count) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    WriteUntilKilled(path, first, ends[1]);
  }
  close(ends[1]);
  int32_t last = -1;
  for (int32_t number = 0; count > 0 && read(ends[0], &number, sizeof(number)) == sizeof(number); --count) last = number;
  kill(child, SIGKILL);
  for (int32_t number = 0; read(ends[0], &number, sizeof(number)) == sizeof(number);) last = number;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer failed with " << WEXITSTATUS(status);
  return last;
}

// Checks all that the killed writers left, up to what was acknowledged, and returns the first number that is free.
int CheckWhole(const std::string& path, int acknowledged) {
  absl::StatusOr<std::unique_ptr<KeyStore>> store = CreateSqliteKeyStore(path);
  EXPECT_TRUE(store.ok()) << store.status();
  const auto rings = (*store)->ListRings(TenantId("t1"), {.after = "", .limit = 1'000'000});
  const auto events = (*store)->ListEvents({}, {.after = "", .limit = 1'000'000});
  const auto changes = (*store)->ReadChanges(0, 1'000'000);
  EXPECT_TRUE(rings.ok() && events.ok() && changes.ok());
  std::set<std::string> ids;
  for (const RingRecord& ring : *rings) ids.insert(ring.id.value());
  for (int number = 0; number <= acknowledged; ++number) EXPECT_EQ(ids.count(absl::StrCat("r", number)), 1u) << number;
  // Besides what was acknowledged there is at most the one commit whose acknowledgement was not written.
  EXPECT_LE(ids.size(), static_cast<size_t>(acknowledged) + 2);
  EXPECT_EQ(changes->records.size(), 2 * ids.size());
  EXPECT_EQ(changes->revision, static_cast<Revision>(ids.size()));
  EXPECT_EQ(events->size(), ids.size());
  for (size_t i = 0; i < events->size(); ++i) {
    EXPECT_EQ((*events)[i].sequence, static_cast<int64_t>(i) + 1);
    const auto key = (*store)->GetKeyByUid(MakeUid(static_cast<int>(i)));
    EXPECT_TRUE(key.ok() && key->has_value() && (*key)->ring.value() == (*events)[i].action);
  }
  const auto last = (*store)->GetKeyByUid(MakeUid(acknowledged));
  EXPECT_TRUE(last.ok() && last->has_value() && (*last)->usage.signature_count == 1);
  return static_cast<int>(ids.size());
}

TEST(SqliteCrash, AKilledWriterLosesNoAcknowledgedCommitAndLeavesNoHalfOne) {
  const TestFolder folder;
  const std::string path = folder / "signet.db";
  int next = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const int acknowledged = KillAfter(path, next, 1 + 3 * kill);
    ASSERT_GE(acknowledged, next);
    next = CheckWhole(path, acknowledged);
    ASSERT_FALSE(HasFailure()) << "after kill " << kill;
  }
}

}  // namespace
}  // namespace signet::keystore
