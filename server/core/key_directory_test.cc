#include "server/core/key_directory.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/observed_store.h"
#include "server/core/seeded_store.h"

namespace signet::core {
namespace {

using keystore::KeyState;
using testing::ElementsAre;

const keystore::TenantId kAcme("acme");
const keystore::RingId kRing("access-token");

// LineCounter counts the errors that it is told.
class LineCounter : public Logger {
 public:
  void Log(LogLevel level, absl::string_view, const std::vector<LogField>& fields) override {
    if (level == LogLevel::kError) ++errors;
    last = fields.empty() ? "" : std::get<std::string>(fields.front().second);
  }
  std::atomic<int> errors = 0;
  std::string last;
};

class KeyDirectoryTest : public testing::Test {
 protected:
  KeyDirectoryTest() { acme_ = seeded_.AddTenant("acme"); }

  std::shared_ptr<const TenantSnapshot> RefreshedAcme() {
    const absl::Status status = directory_.Refresh();
    EXPECT_TRUE(status.ok()) << status;
    return directory_.FindTenant(kAcme);
  }

  SeededStore seeded_;
  ObservedStore store_{seeded_.store()};
  LineCounter logger_;
  KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id(), &logger_}, store_};
  RingName acme_;
};

std::vector<std::string> KidsOf(const TenantSnapshot& tenant) {
  std::vector<std::string> kids;
  for (const auto& key : tenant.published) kids.push_back(key->name.kid.value());
  return kids;
}

// The kids in the order of the JWKS.
std::vector<std::string> JwksKidsOf(const TenantSnapshot& tenant) {
  std::vector<std::pair<size_t, std::string>> found;
  const std::string json = BuildJwks(tenant.published).json;
  for (const std::string& kid : KidsOf(tenant)) found.emplace_back(json.find(absl::StrCat("\"", kid, "\"")), kid);
  std::sort(found.begin(), found.end());
  std::vector<std::string> kids;
  for (auto& [position, kid] : found) kids.push_back(std::move(kid));
  return kids;
}

TEST_F(KeyDirectoryTest, KnowsNothingBeforeItsFirstRefresh) {
  EXPECT_EQ(directory_.FindTenant(kAcme), nullptr);
  EXPECT_EQ(directory_.revision(), 0);
}

TEST_F(KeyDirectoryTest, FollowsAKeyThroughItsLife) {
  keystore::KeyRecord key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kPendingGeneration);
  EXPECT_THAT(KidsOf(*RefreshedAcme()), ElementsAre()) << "not published before it is proven";

  seeded_.SetState(key, KeyState::kDisabled);
  auto snapshot = RefreshedAcme();
  EXPECT_THAT(KidsOf(*snapshot), ElementsAre(key.kid.value()));
  EXPECT_EQ(snapshot->rings.at(kRing).current, nullptr);

  seeded_.SetState(key, KeyState::kEnabled);
  snapshot = RefreshedAcme();
  ASSERT_NE(snapshot->rings.at(kRing).current, nullptr);
  EXPECT_EQ(snapshot->rings.at(kRing).current->name.kid, key.kid);
  EXPECT_EQ(snapshot->rings.at(kRing).current, snapshot->published.Find(key.kid));

  for (const KeyState gone : {KeyState::kRevoked, KeyState::kDestroyed}) {
    seeded_.SetState(key, gone);
    snapshot = RefreshedAcme();
    EXPECT_EQ(directory_.FindJwks(snapshot)->json, R"({"keys":[]})");
    EXPECT_EQ(snapshot->rings.at(kRing).current, nullptr);
  }
}

TEST_F(KeyDirectoryTest, ShowsTheEnabledKeyFirstAndThenTheYoungest) {
  const auto oldest = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  const auto current = seeded_.AddKey(acme_, hsm::Algorithm::kEd25519, KeyState::kEnabled);
  const auto youngest = seeded_.AddKey(acme_, hsm::Algorithm::kEs384, KeyState::kDisabled);
  EXPECT_THAT(JwksKidsOf(*RefreshedAcme()), ElementsAre(current.kid.value(), youngest.kid.value(), oldest.kid.value()));
}

TEST_F(KeyDirectoryTest, ASnapshotThatACallerHoldsNeverChanges) {
  keystore::KeyRecord key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  const auto before = RefreshedAcme();
  seeded_.SetState(key, KeyState::kRevoked);
  const auto after = RefreshedAcme();
  EXPECT_EQ(before->published.size(), 1u);
  EXPECT_EQ(after->published.size(), 0u);
  EXPECT_NE(directory_.FindJwks(before)->etag, directory_.FindJwks(after)->etag);
}

TEST_F(KeyDirectoryTest, MakesTheJwksOfATenantOnceForAsLongAsItDoesNotChange) {
  seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  const auto snapshot = RefreshedAcme();
  const auto jwks = directory_.FindJwks(snapshot);
  EXPECT_EQ(directory_.FindJwks(snapshot), jwks);
  EXPECT_EQ(jwks->json, BuildJwks(snapshot->published).json);

  seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  const auto changed = directory_.FindJwks(RefreshedAcme());
  EXPECT_NE(changed->json, jwks->json);
  EXPECT_EQ(directory_.FindJwks(snapshot)->json, jwks->json) << "of one that somebody still holds";
  EXPECT_EQ(directory_.FindJwks(RefreshedAcme())->json, changed->json);
}

TEST_F(KeyDirectoryTest, MakesTheJwksWithoutTheStore) {
  seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  const auto snapshot = RefreshedAcme();
  store_.after_read = [] { return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "locked"); };
  EXPECT_FALSE(directory_.Refresh().ok());
  EXPECT_THAT(directory_.FindJwks(directory_.FindTenant(kAcme))->json, testing::HasSubstr("\"kty\":\"EC\""));
}

TEST_F(KeyDirectoryTest, AKeyKeepsItsMeterWhileItIsPublishedWhateverHappensToItsTenant) {
  keystore::KeyRecord key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  const auto meter = RefreshedAcme()->published.Find(key.kid)->meter;
  seeded_.SetState(key, KeyState::kEnabled);
  EXPECT_EQ(RefreshedAcme()->published.Find(key.kid)->meter, meter);

  keystore::TenantRecord tenant;
  tenant.id = kAcme;
  tenant.delete_time = absl::FromUnixSeconds(5);
  seeded_.Put({tenant});
  EXPECT_EQ(RefreshedAcme(), nullptr);
  seeded_.SetState(key, KeyState::kDisabled);
  EXPECT_EQ(RefreshedAcme(), nullptr);
  tenant.delete_time = std::nullopt;
  seeded_.Put({tenant});
  const auto again = RefreshedAcme();
  ASSERT_NE(again, nullptr);
  ASSERT_NE(again->published.Find(key.kid), nullptr);
  EXPECT_EQ(again->published.Find(key.kid)->meter, meter);
}

TEST_F(KeyDirectoryTest, RebuildsOnlyTheTenantsThatHaveChanged) {
  const RingName other = seeded_.AddTenant("other");
  const auto before = RefreshedAcme();
  seeded_.AddKey(other, hsm::Algorithm::kEs256, KeyState::kDisabled);
  EXPECT_EQ(RefreshedAcme(), before);
  EXPECT_EQ(directory_.FindTenant(other.tenant)->published.size(), 1u);
}

TEST_F(KeyDirectoryTest, ForgetsADeletedTenantAndItsAliasesAndKnowsItAgainWhenItIsMadeAgain) {
  keystore::TenantRecord tenant;
  tenant.id = kAcme;
  tenant.host_aliases = {"login.acme.example"};
  keystore::RingRecord ring;
  ring.tenant = kAcme;
  ring.id = kRing;
  seeded_.Put({tenant, ring});
  ASSERT_NE(RefreshedAcme(), nullptr);
  ASSERT_NE(directory_.FindTenantByHost("login.acme.example"), nullptr);

  tenant.delete_time = ring.delete_time = absl::FromUnixSeconds(5);
  seeded_.Put({tenant, ring});
  EXPECT_EQ(RefreshedAcme(), nullptr);
  EXPECT_EQ(directory_.FindTenantByHost("login.acme.example"), nullptr);

  tenant.delete_time = ring.delete_time = std::nullopt;
  seeded_.Put({tenant, ring});
  ASSERT_NE(RefreshedAcme(), nullptr);
  EXPECT_EQ(directory_.FindTenant(kAcme)->rings.count(kRing), 1u);
}

TEST_F(KeyDirectoryTest, ForgetsADeletedRing) {
  const RingName saml = {kAcme, keystore::RingId("saml")};
  seeded_.AddRing(saml);
  EXPECT_EQ(RefreshedAcme()->rings.count(saml.ring), 1u);
  keystore::RingRecord ring;
  ring.tenant = kAcme;
  ring.id = saml.ring;
  ring.delete_time = absl::FromUnixSeconds(5);
  seeded_.Put({ring});
  EXPECT_EQ(RefreshedAcme()->rings.count(saml.ring), 0u);
}

TEST_F(KeyDirectoryTest, FollowsAnAliasThatMovesFromTenantToTenant) {
  keystore::TenantRecord acme, other;
  acme.id = kAcme;
  // Before and after acme in the order of ids, so that both orders of a swap are tried.
  for (const char* id : {"aaa", "zzz"}) {
    other.id = keystore::TenantId(id);
    acme.host_aliases = {"a.example", "shared.example"};
    other.host_aliases = {};
    seeded_.Put({other, acme});
    auto snapshot = RefreshedAcme();
    EXPECT_EQ(directory_.FindTenantByHost("shared.example"), snapshot);
    acme.host_aliases = {"a.example"};
    other.host_aliases = {"shared.example"};
    seeded_.Put({acme, other});
    snapshot = RefreshedAcme();
    EXPECT_EQ(directory_.FindTenantByHost("a.example"), snapshot);
    EXPECT_EQ(directory_.FindTenantByHost("shared.example"), directory_.FindTenant(other.id));
    other.host_aliases = {};
    seeded_.Put({other});
    RefreshedAcme();
    EXPECT_EQ(directory_.FindTenantByHost("shared.example"), nullptr);
  }
}

TEST_F(KeyDirectoryTest, AKeyThatCannotBeReadCostsThatKeyAlone) {
  keystore::KeyRecord broken = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  const auto good = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  broken.public_key_der = "garbage";
  seeded_.Put({broken});
  const auto snapshot = RefreshedAcme();
  EXPECT_THAT(KidsOf(*snapshot), ElementsAre(good.kid.value()));
  EXPECT_EQ(snapshot->rings.at(kRing).current, nullptr);
  EXPECT_EQ(logger_.errors, 1);
  EXPECT_TRUE(absl::StrContains(logger_.last, broken.kid.value())) << logger_.last;
}

TEST_F(KeyDirectoryTest, ReadsAllPagesBeforeItShowsAnything) {
  for (int i = 0; i < 3; ++i) seeded_.AddTenant(absl::StrCat("t", i));
  const auto key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  store_.limit = 1;
  int reads = 0;
  bool early = false;
  store_.after_read = [&] {
    ++reads;
    if (directory_.FindTenant(kAcme) != nullptr) early = true;
    return absl::OkStatus();
  };
  EXPECT_THAT(KidsOf(*RefreshedAcme()), ElementsAre(key.kid.value()));
  EXPECT_GT(reads, 4);
  EXPECT_FALSE(early);
}

TEST_F(KeyDirectoryTest, AFailedReadLeavesTheSnapshotsAsTheyWereAndTheNextRefreshGoesOn) {
  keystore::KeyRecord key = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  const auto before = RefreshedAcme();
  const keystore::Revision revision = directory_.revision();
  seeded_.SetState(key, KeyState::kRevoked);
  seeded_.AddTenant("later");
  store_.limit = 1;
  // Fails in the middle: the first page is read, the second is not.
  int reads = 0;
  store_.after_read = [&] {
    return ++reads < 2 ? absl::OkStatus() : Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "locked");
  };
  const absl::Status status = directory_.Refresh();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(GetReason(status), reason::kStoreUnavailable);
  EXPECT_EQ(directory_.FindTenant(kAcme), before);
  EXPECT_EQ(directory_.revision(), revision);

  store_.after_read = [] { return absl::OkStatus(); };
  EXPECT_EQ(RefreshedAcme()->published.size(), 0u);
  EXPECT_NE(directory_.FindTenant(keystore::TenantId("later")), nullptr);
  EXPECT_GT(directory_.revision(), revision);
}

TEST_F(KeyDirectoryTest, LookUpsAnswerWhileARefreshWaitsForTheStore) {
  const auto before = RefreshedAcme();
  std::promise<void> reading, go_on;
  bool first = true;
  store_.after_read = [&] {
    if (std::exchange(first, false)) {
      reading.set_value();
      go_on.get_future().wait();
    }
    return absl::OkStatus();
  };
  seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  auto refresh = std::async(std::launch::async, [&] { return directory_.Refresh(); });
  reading.get_future().wait();
  EXPECT_EQ(directory_.FindTenant(kAcme), before);
  go_on.set_value();
  EXPECT_TRUE(refresh.get().ok());
  EXPECT_EQ(directory_.FindTenant(kAcme)->published.size(), 1u);
}

TEST_F(KeyDirectoryTest, ARefreshThatBeganBeforeACommitDoesNotCountForItsCaller) {
  RefreshedAcme();
  std::promise<void> reading, go_on;
  std::atomic<int> reads = 0;
  store_.after_read = [&] {
    if (++reads == 1) {
      reading.set_value();
      go_on.get_future().wait();
    }
    return absl::OkStatus();
  };
  auto first = std::async(std::launch::async, [&] { return directory_.Refresh(); });
  reading.get_future().wait();
  // The first refresh has read all there was, and has not seen this.
  seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  auto second = std::async(std::launch::async, [&] {
    const absl::Status status = directory_.Refresh();
    return status.ok() && directory_.FindTenant(kAcme)->published.size() == 1;
  });
  go_on.set_value();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get());
}

TEST_F(KeyDirectoryTest, TellsOfTheTenantsThatARefreshChangedOnceTheyAreShown) {
  RefreshedAcme();
  std::vector<std::string> told;
  const auto subscription = directory_.Subscribe([&](const std::vector<keystore::TenantId>& changed) {
    for (const keystore::TenantId& id : changed) {
      told.push_back(absl::StrCat(id.value(), directory_.FindTenant(id) != nullptr ? " shown" : " gone"));
    }
  });
  RefreshedAcme();
  EXPECT_THAT(told, ElementsAre()) << "nothing has changed";
  seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kPendingGeneration);
  seeded_.AddTenant("other");
  RefreshedAcme();
  EXPECT_THAT(told, ElementsAre("acme shown", "other shown"));
}

TEST_F(KeyDirectoryTest, TellsNobodyOfAFailedRefreshAndOfItsChangesLater) {
  RefreshedAcme();
  int told = 0;
  const auto subscription = directory_.Subscribe([&](const auto&) { ++told; });
  seeded_.AddTenant("other");
  store_.after_read = [] { return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "locked"); };
  EXPECT_FALSE(directory_.Refresh().ok());
  EXPECT_EQ(told, 0);
  store_.after_read = [] { return absl::OkStatus(); };
  RefreshedAcme();
  EXPECT_EQ(told, 1);
}

TEST_F(KeyDirectoryTest, ReadersAlwaysSeeAWholeStateWhileKeysAreSwapped) {
  keystore::KeyRecord one = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kEnabled);
  keystore::KeyRecord other = seeded_.AddKey(acme_, hsm::Algorithm::kEs256, KeyState::kDisabled);
  RefreshedAcme();
  store_.limit = 1;
  std::atomic<bool> stop = false;
  std::atomic<int> broken = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto tenant = directory_.FindTenant(kAcme);
        const auto& current = tenant->rings.at(kRing).current;
        const bool whole = current != nullptr && current->state == KeyState::kEnabled && tenant->published.size() == 2 &&
                           JwksKidsOf(*tenant).front() == current->name.kid.value();
        if (!whole) ++broken;
      }
    });
  }
  std::vector<std::thread> refreshers;
  for (int i = 0; i < 2; ++i) {
    refreshers.emplace_back([&] {
      while (!stop) {
        if (!directory_.Refresh().ok()) ++broken;
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    one.state = KeyState::kDisabled;
    other.state = KeyState::kEnabled;
    seeded_.Put({one, other});
    EXPECT_TRUE(directory_.Refresh().ok());
    EXPECT_EQ(directory_.FindTenant(kAcme)->rings.at(kRing).current->name.kid, other.kid) << "the caller sees its own change";
    std::swap(one, other);
  }
  stop = true;
  for (std::thread& thread : readers) thread.join();
  for (std::thread& thread : refreshers) thread.join();
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace signet::core
