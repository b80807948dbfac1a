// Conformance: credentials, what they are used for, and what is void.

#include <atomic>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time After(int seconds) { return TestTime() + absl::Seconds(seconds); }

CredentialRecord Get(KeyStore& store, const std::string& id) {
  const absl::StatusOr<std::optional<CredentialRecord>> credential = store.GetCredential(TenantId("t1"), CredentialId(id));
  EXPECT_TRUE(credential.ok() && credential->has_value()) << credential.status();
  return credential.ok() && credential->has_value() ? **credential : CredentialRecord();
}

std::vector<std::string> Ids(KeyStore& store, const std::string& tenant, const Page& page = {}) {
  const absl::StatusOr<std::vector<CredentialRecord>> credentials = store.ListCredentials(TenantId(tenant), page);
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  std::vector<std::string> ids;
  for (const CredentialRecord& credential : *credentials) ids.push_back(credential.id.value());
  return ids;
}

absl::Status Use(KeyStore& store, const std::string& id, absl::Time time) {
  return store.RecordCredentialUse({{TenantId("t1"), CredentialId(id), time}});
}

bool UseOnce(KeyStore& store, const std::string& id, absl::Time until, absl::Time now) {
  const absl::StatusOr<bool> unused = store.UseOnce("scope", id, until, now);
  EXPECT_TRUE(unused.ok()) << unused.status();
  return unused.value_or(false);
}

TEST_P(KeyStoreConformance, ReadsBackACredentialWithItsSecrets) {
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  credential.grants = {{"https://api.example", {"größe", "b"}}};
  credential.signing_profile.key_rings = {RingId("access-token")};
  credential.expire_time = After(9);
  credential.revision = Put({credential});
  EXPECT_EQ(Get(store(), "c1"), credential);
  EXPECT_EQ(*store().GetCredential(TenantId("t2"), credential.id), std::nullopt);
}

TEST_P(KeyStoreConformance, ListsATenantsCredentialsByIdInPagesWithoutTheDeletedOnes) {
  CredentialRecord deleted = MakeCredential("t1", "c2", 9);
  deleted.delete_time = TestTime();
  Put({MakeCredential("t1", "c3", 1), MakeCredential("t1", "c10", 2), MakeCredential("t2", "c0", 3), MakeCredential("t1", "c1", 4),
       deleted});
  EXPECT_THAT(Ids(store(), "t1"), ElementsAre("c1", "c10", "c3"));
  EXPECT_THAT(Ids(store(), "t1", {.after = "c1", .limit = 1}), ElementsAre("c10"));
  EXPECT_THAT(Ids(store(), "t3"), IsEmpty());
  EXPECT_TRUE(Get(store(), "c2").delete_time);
}

TEST_P(KeyStoreConformance, AClientIdIsUniqueInTheStoreAlsoAgainstDeletedCredentials) {
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  credential.revision = Put({credential});
  const auto fails = FailsWith(absl::StatusCode::kAlreadyExists, reason::kCredentialExists);
  EXPECT_THAT(TryPut({MakeCredential("t2", "c2", 1)}), fails);
  credential.delete_time = TestTime();
  credential.revision = Put({credential});
  const Trace before = Everything();
  EXPECT_THAT(TryPut({MakeCredential("t2", "c2", 1)}), fails);
  EXPECT_EQ(Everything(), before);
  credential.client_id = "client-2";
  Put({credential});
  EXPECT_TRUE(TryPut({MakeCredential("t2", "c2", 1)}).ok());
}

TEST_P(KeyStoreConformance, TheUseOfACredentialMovesItsTimeOnAndNeverBack) {
  Put({MakeCredential("t1", "c1", 1)});
  EXPECT_EQ(Get(store(), "c1").last_used_time, std::nullopt);
  ASSERT_TRUE(Use(store(), "c1", After(5)).ok());
  ASSERT_TRUE(Use(store(), "c1", After(4)).ok());
  EXPECT_EQ(Get(store(), "c1").last_used_time, After(5));
  ASSERT_TRUE(Use(store(), "c1", After(6) + absl::Nanoseconds(1999)).ok());
  EXPECT_EQ(Get(store(), "c1").last_used_time, After(6) + absl::Microseconds(1));
}

TEST_P(KeyStoreConformance, EveryReadOfACredentialShowsItsUseWhichChangesNoRevision) {
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  credential.revision = Put({credential});
  const std::vector<Event> events = *store().ListEvents({}, {});
  ASSERT_TRUE(Use(store(), "c1", After(5)).ok());
  credential.last_used_time = After(5);
  EXPECT_EQ(Get(store(), "c1"), credential);
  EXPECT_THAT(*store().ListCredentials(credential.tenant, {}), ElementsAre(credential));
  EXPECT_EQ(Everything(), (Trace{credential.revision, {credential}, events}));
}

TEST_P(KeyStoreConformance, ACommitOfACredentialKeepsItsUseWhateverItCarries) {
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  credential.last_used_time = After(99);
  credential.revision = Put({credential});
  EXPECT_EQ(Get(store(), "c1").last_used_time, std::nullopt);
  ASSERT_TRUE(Use(store(), "c1", After(5)).ok());
  Put({credential});
  EXPECT_EQ(Get(store(), "c1").last_used_time, After(5));
}

TEST_P(KeyStoreConformance, ACredentialThatTakesTheNameOfADeletedOneWasNotUsedYet) {
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  credential.delete_time = TestTime();
  credential.revision = Put({credential});
  ASSERT_TRUE(Use(store(), "c1", After(5)).ok());
  CredentialRecord again = MakeCredential("t1", "c1", 2);
  again.revision = credential.revision;
  again.revision = Put({again});
  EXPECT_EQ(Get(store(), "c1"), again);
}

TEST_P(KeyStoreConformance, TheUseOfCredentialsThatDoNotExistIsPassedOver) {
  Put({MakeCredential("t1", "c1", 1)});
  ASSERT_TRUE(store()
                  .RecordCredentialUse({{TenantId("t1"), CredentialId("c9"), After(5)},
                                        {TenantId("t1"), CredentialId("c1"), After(7)},
                                        {TenantId("t2"), CredentialId("c1"), After(9)}})
                  .ok());
  EXPECT_EQ(Get(store(), "c1").last_used_time, After(7));
  EXPECT_EQ(*store().GetCredential(TenantId("t1"), CredentialId("c9")), std::nullopt);
  EXPECT_TRUE(store().RecordCredentialUse({}).ok());
}

TEST_P(KeyStoreConformance, AnIdIsUsedOnceUntilItsTimeHasPassed) {
  EXPECT_TRUE(UseOnce(store(), "j1", After(60), After(0)));
  EXPECT_FALSE(UseOnce(store(), "j1", After(60), After(0)));
  // A second use does not prolong it.
  EXPECT_FALSE(UseOnce(store(), "j1", After(600), After(60) - absl::Microseconds(1)));
  EXPECT_TRUE(UseOnce(store(), "j1", After(120), After(60)));
  EXPECT_FALSE(UseOnce(store(), "j1", After(120), After(60)));
}

TEST_P(KeyStoreConformance, IdsOfOtherScopesAreOtherIds) {
  EXPECT_TRUE(*store().UseOnce("a", "bc", After(60), After(0)));
  EXPECT_TRUE(*store().UseOnce("ab", "c", After(60), After(0)));
  EXPECT_TRUE(*store().UseOnce("", "abc", After(60), After(0)));
  EXPECT_TRUE(*store().UseOnce("a", "BC", After(60), After(0)));
  EXPECT_FALSE(*store().UseOnce("a", "bc", After(60), After(0)));
}

TEST_P(KeyStoreConformance, ToUseAnIdChangesNoRevisionAndWritesNoEvent) {
  Put({MakeTenant("t1")});
  const Trace before = Everything();
  EXPECT_TRUE(UseOnce(store(), "j1", After(60), After(0)));
  EXPECT_EQ(Everything(), before);
}

TEST_P(KeyStoreConformance, OfThreadsThatUseAnIdOneIsToldThatItWasUnused) {
  constexpr int kThreads = 6;
  constexpr int kIds = 10;
  std::vector<std::atomic<int>> winners(kIds);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kIds; ++i) {
        if (UseOnce(store(), absl::StrCat("j", i), After(60), After(i))) ++winners[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::atomic<int>& winner : winners) EXPECT_EQ(winner, 1);
}

TEST_P(KeyStoreConformance, ARevokedTokenIsKeptADayBeyondItsExpiryAndDroppedWhenAnotherIsWritten) {
  const auto put = [&](const std::string& token_id, absl::Time now) {
    RevokedToken token = MakeRevokedToken("t1", token_id);
    token.expire_time = now + absl::Seconds(10);
    Event event = MakeEvent("Revoke");
    event.time = now;
    const absl::StatusOr<Revision> revision = store().Commit({{token}, {}, {event}});
    EXPECT_TRUE(revision.ok()) << revision.status();
  };
  const auto tokens = [&] {
    std::vector<std::string> ids;
    const Changes changes = *store().ReadChanges(0, 100);
    for (const Record& record : changes.records) ids.push_back(std::get<RevokedToken>(record).token_id);
    return ids;
  };
  put("j1", After(0));
  put("j2", After(10) + absl::Hours(24) - absl::Microseconds(1));
  EXPECT_THAT(tokens(), ElementsAre("j1", "j2"));
  put("j3", After(10) + absl::Hours(24));
  EXPECT_THAT(tokens(), ElementsAre("j2", "j3"));
}

TEST_P(KeyStoreConformance, ATokenIsRevokedOnce) {
  Put({MakeRevokedToken("t1", "j1")});
  EXPECT_THAT(TryPut({MakeRevokedToken("t2", "j1")}), FailsAsConcurrentChange());
}

}  // namespace
}  // namespace signet::keystore
