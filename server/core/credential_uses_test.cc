#include "server/core/credential_uses.h"

#include <memory>
#include <thread>
#include <vector>

#include "server/core/testing/core_fixture.h"
#include "server/core/testing/crash.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using keystore::CredentialId;

class CredentialUsesTest : public CoreTest {
 protected:
  CredentialUsesTest() {
    NewCredentialNamed("a");
    NewCredentialNamed("b");
  }
  std::optional<absl::Time> LastUsed(const std::string& id) { return StoredCredential(Named(id)).last_used_time; }
  void Note(CredentialUses& uses, const std::string& id, absl::Time time) { uses.Note(acme_, CredentialId(id), time); }

  const absl::Time now_ = clock_.Now();
  static constexpr CredentialUses::Options kSeldom = {.flush_interval = absl::Hours(1)};
};

TEST_F(CredentialUsesTest, AreWrittenWhenTheyAreFlushed) {
  CredentialUses uses(kSeldom, *store_);
  Note(uses, "a", now_ + absl::Seconds(2));
  Note(uses, "a", now_ + absl::Seconds(1));
  Note(uses, "b", now_);
  EXPECT_EQ(LastUsed("a"), std::nullopt);
  ASSERT_THAT(uses.Flush(), IsOk());
  EXPECT_EQ(LastUsed("a"), now_ + absl::Seconds(2));
  EXPECT_EQ(LastUsed("b"), now_);
  EXPECT_THAT(uses.Flush(), IsOk());
}

TEST_F(CredentialUsesTest, AreWrittenByTheThread) {
  CredentialUses uses({.flush_interval = absl::Milliseconds(1)}, *store_);
  Note(uses, "a", now_);
  while (!LastUsed("a")) std::this_thread::yield();
  EXPECT_EQ(LastUsed("a"), now_);
}

TEST_F(CredentialUsesTest, AreWrittenAtTheEnd) {
  CredentialUses uses(kSeldom, *store_);
  Note(uses, "a", now_);
  uses.Stop();
  EXPECT_EQ(LastUsed("a"), now_);
  uses.Stop();
}

TEST_F(CredentialUsesTest, OfWhatIsGoneArePassedOver) {
  CredentialUses uses(kSeldom, *store_);
  Note(uses, "gone", now_);
  Note(uses, "a", now_);
  ASSERT_THAT(uses.Flush(), IsOk());
  EXPECT_EQ(LastUsed("a"), now_);
}

// DownStore writes no uses while it is down.
class DownStore : public FaultyKeyStore {
 public:
  using FaultyKeyStore::FaultyKeyStore;
  bool down = true;
  absl::Status RecordCredentialUse(const std::vector<keystore::CredentialUse>& uses) override {
    if (down) return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "down");
    return FaultyKeyStore::RecordCredentialUse(uses);
  }
};

TEST_F(CredentialUsesTest, AreKeptWhileTheStoreFails) {
  Crash crash;
  DownStore store(*store_, crash);
  CredentialUses uses(kSeldom, store);
  Note(uses, "a", now_);
  EXPECT_THAT(uses.Flush(), IsError(absl::StatusCode::kUnavailable, reason::kStoreUnavailable));
  Note(uses, "a", now_ + absl::Seconds(1));
  EXPECT_FALSE(uses.Flush().ok());
  store.down = false;
  ASSERT_THAT(uses.Flush(), IsOk());
  EXPECT_EQ(LastUsed("a"), now_ + absl::Seconds(1));
}

TEST_F(CredentialUsesTest, AreNotedByManyThreads) {
  CredentialUses uses({.flush_interval = absl::Milliseconds(1)}, *store_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) Note(uses, t % 2 == 0 ? "a" : "b", now_ + absl::Seconds(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  uses.Stop();
  EXPECT_EQ(LastUsed("a"), now_ + absl::Seconds(999));
  EXPECT_EQ(LastUsed("b"), now_ + absl::Seconds(999));
}

}  // namespace
}  // namespace signet::core
