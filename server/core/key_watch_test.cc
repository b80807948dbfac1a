#include "server/core/key_watch.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using keystore::Force;
using keystore::KeyState;
using testing::IsEmpty;
using testing::Not;

class KeyWatchTest : public CoreTest {
 protected:
  KeyWatch Open(const WatchScope& scope, const std::string& token = "") {
    absl::StatusOr<KeyWatch> watch = KeyWatch::Open(services(), scope, token);
    EXPECT_THAT(watch, IsOk());
    return *std::move(watch);
  }
  static std::vector<KeyChange> Read(KeyWatch& watch, int limit = 64) {
    absl::StatusOr<std::vector<KeyChange>> changes = watch.Read(limit);
    EXPECT_THAT(changes, IsOk());
    return changes.value_or(std::vector<KeyChange>());
  }
  static std::vector<KeyChange> ReadToEnd(KeyWatch& watch, int limit) {
    std::vector<KeyChange> all;
    do {
      for (KeyChange& change : Read(watch, limit)) all.push_back(std::move(change));
    } while (!watch.at_end());
    return all;
  }

  const WatchScope acme_ring_{acme_, keystore::RingId("access-token")};
  const WatchScope acme_all_{acme_, std::nullopt};
};

std::vector<int64_t> SequencesOf(const std::vector<KeyChange>& changes) {
  std::vector<int64_t> sequences;
  for (const KeyChange& change : changes) sequences.push_back(change.sequence);
  return sequences;
}

TEST_F(KeyWatchTest, ShowsTheLifeOfAKeyAsEachChangeLeftIt) {
  KeyWatch watch = Open(acme_ring_);
  const KeyName key = NewEnabledKey();
  ASSERT_THAT(keys().Revoke(key, Force::kYes, Call()), IsOk());
  const std::vector<KeyChange> changes = Read(watch);
  ASSERT_GE(changes.size(), 4u);
  EXPECT_EQ(changes[0].action, "CreateKey");
  EXPECT_EQ(changes[0].key.record.state, KeyState::kPendingGeneration);
  EXPECT_EQ(changes[1].key.record.state, KeyState::kDisabled);
  EXPECT_EQ(changes[1].key.role, keystore::KeyRole::kNext);
  EXPECT_TRUE(changes[1].key.activatable_time.has_value());
  EXPECT_EQ(changes[2].action, "EnableKey");
  EXPECT_EQ(changes[2].key.record.state, KeyState::kEnabled);
  EXPECT_EQ(changes[2].key.record.kid, key.kid);
  EXPECT_EQ(changes[3].action, "RevokeKey");
  EXPECT_EQ(changes[3].key.record.state, KeyState::kRevoked);
  EXPECT_EQ(changes.back().key.etag, keys().Get(key)->etag);
  EXPECT_TRUE(watch.at_end());
  EXPECT_THAT(Read(watch), IsEmpty());
}

TEST_F(KeyWatchTest, SeesNothingFromBeforeItBegan) {
  NewKey();
  KeyWatch watch = Open(acme_ring_);
  EXPECT_THAT(Read(watch), IsEmpty());
  EXPECT_TRUE(watch.at_end());
}

TEST_F(KeyWatchTest, SeesNoOtherRingNoOtherTenantAndNoRings) {
  const RingName saml = NewRing("saml");
  const RingName similar = NewRing("access-token2");
  NewTenantNamed("acme2");
  KeyWatch ring = Open(acme_ring_), tenant = Open(acme_all_), other = Open({keystore::TenantId("acme2"), std::nullopt});
  NewKeyIn(saml);
  NewKeyIn(similar);
  NewRing("more");
  RingUpdate to_es384;
  to_es384.algorithm = hsm::Algorithm::kEs384;
  ASSERT_THAT(rings().Update(ring_, to_es384, Call()), IsOk());
  EXPECT_THAT(Read(ring), IsEmpty());
  EXPECT_THAT(Read(other), IsEmpty());
  const std::vector<KeyChange> changes = Read(tenant);
  ASSERT_EQ(changes.size(), 4u);
  EXPECT_EQ(changes[0].key.record.ring, saml.ring);
  EXPECT_EQ(changes[2].key.record.ring, similar.ring);
}

TEST_F(KeyWatchTest, ReadsPageByPageWhateverTheirSize) {
  const std::string start = Open(acme_all_).resume_token();
  for (int i = 0; i < 3; ++i) {
    NewKey();
    NewRing(absl::StrCat("r", i));
  }
  KeyWatch whole = Open(acme_all_, start);
  const std::vector<KeyChange> all = Read(whole, 1000);
  ASSERT_EQ(all.size(), 6u);
  for (const int limit : {1, 2, 3, 5}) {
    KeyWatch paged = Open(acme_all_, start);
    EXPECT_EQ(SequencesOf(ReadToEnd(paged, limit)), SequencesOf(all)) << limit;
  }
}

TEST_F(KeyWatchTest, GoesOnBehindEachChangeWithItsToken) {
  const std::string start = Open(acme_ring_).resume_token();
  NewEnabledKey();
  NewEnabledKey();
  KeyWatch watch = Open(acme_ring_, start);
  const std::vector<KeyChange> all = Read(watch);
  ASSERT_GE(all.size(), 6u);
  for (size_t i = 0; i < all.size(); ++i) {
    KeyWatch resumed = Open(acme_ring_, all[i].resume_token);
    EXPECT_EQ(SequencesOf(Read(resumed)), SequencesOf({all.begin() + static_cast<int64_t>(i) + 1, all.end()}));
  }
}

TEST_F(KeyWatchTest, PassesOverWhatIsOthersSoThatItsTokenMovesOn) {
  KeyWatch watch = Open(acme_ring_);
  const std::string before = watch.resume_token();
  NewTenantNamed("other");
  EXPECT_THAT(Read(watch), IsEmpty());
  EXPECT_NE(watch.resume_token(), before);
  EXPECT_EQ(watch.resume_token(), Open(acme_ring_).resume_token());
  NewKey();
  KeyWatch resumed = Open(acme_ring_, watch.resume_token());
  EXPECT_EQ(SequencesOf(Read(watch)), SequencesOf(Read(resumed)));
}

TEST_F(KeyWatchTest, ShowsWhatTheKeyHasSignedAsOfNow) {
  KeyWatch watch = Open(acme_ring_);
  const KeyName key = NewEnabledKey();
  keystore::UsageUpdate update;
  update.uid = StoredKey(key).uid;
  update.signatures = 7;
  ASSERT_THAT(store_->RecordUsage({update}), IsOk());
  const std::vector<KeyChange> changes = Read(watch);
  ASSERT_THAT(changes, Not(IsEmpty()));
  for (const KeyChange& change : changes) EXPECT_EQ(change.key.record.usage.signature_count, 7);
}

TEST_F(KeyWatchTest, ShowsAKeyUnderThePresentPolicyOfItsRing) {
  KeyWatch watch = Open(acme_ring_);
  const KeyName key = NewKey();
  RingUpdate slow;
  slow.activation_delay = absl::Hours(5);
  ASSERT_THAT(rings().Update(ring_, slow, Call()), IsOk());
  EXPECT_EQ(Read(watch).back().key.activatable_time, keys().Get(key)->activatable_time);
}

TEST_F(KeyWatchTest, BeginsNowhereThatDoesNotExist) {
  EXPECT_THAT(KeyWatch::Open(services(), {keystore::TenantId("none"), std::nullopt}, ""),
              IsError(absl::StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(KeyWatch::Open(services(), {acme_, keystore::RingId("none")}, ""),
              IsError(absl::StatusCode::kNotFound, reason::kKeyRingNotFound));
}

TEST_F(KeyWatchTest, ATokenOfAnotherWatchOrOfNoneIsRefused) {
  NewTenantNamed("other");
  const std::string token = Open(acme_ring_).resume_token();
  for (const WatchScope& scope : {acme_all_, WatchScope{keystore::TenantId("other"), acme_ring_.ring}}) {
    EXPECT_THAT(KeyWatch::Open(services(), scope, token), IsError(absl::StatusCode::kInvalidArgument, reason::kResumeTokenInvalid));
  }
  std::string changed = token;
  changed[3] = changed[3] == 'A' ? 'B' : 'A';
  NewKey();
  NewKey();
  const std::string page_token = keys().List(ring_, keystore::KeyStore::Tombstones::kShow, {1, ""}).value().next_page_token;
  ASSERT_NE(page_token, "");
  for (const std::string& garbage : {std::string("garbage"), token.substr(1), token + "A", changed, page_token}) {
    EXPECT_THAT(KeyWatch::Open(services(), acme_ring_, garbage),
                IsError(absl::StatusCode::kInvalidArgument, reason::kResumeTokenInvalid))
        << garbage;
  }
}

TEST_F(KeyWatchTest, ATokenForAPositionThatTheTrailDoesNotHaveIsRefused) {
  const ListScope scope{"WatchKeys", {FormatRingName(ring_), services().instance_id}};
  const auto end = static_cast<int64_t>(Events().size());
  EXPECT_THAT(KeyWatch::Open(services(), acme_ring_, MakePageToken(scope, absl::StrCat(end))), IsOk());
  for (const std::string& position : {absl::StrCat(end + 1), std::string("-1"), std::string("x"), std::string()}) {
    EXPECT_THAT(KeyWatch::Open(services(), acme_ring_, MakePageToken(scope, position)),
                IsError(absl::StatusCode::kInvalidArgument, reason::kResumeTokenInvalid))
        << position;
  }
}

TEST_F(KeyWatchTest, ATokenOfAnotherStoreIsRefused) {
  const std::string token = Open(acme_ring_).resume_token();
  Services other = services();
  other.instance_id = "another instance";
  EXPECT_THAT(KeyWatch::Open(other, acme_ring_, token), IsError(absl::StatusCode::kInvalidArgument, reason::kResumeTokenInvalid));
}

TEST_F(KeyWatchTest, AfterAnErrorItReadsWhatItWouldHaveRead) {
  KeyWatch undisturbed = Open(acme_ring_);
  // Each call of a Read in turn fails once.
  for (int call = 1; call < 7; ++call) {
    Crash crash;
    FaultyKeyStore store(*store_, crash);
    const Core faulty(store, *hsm_, clock_, random_, steps_);
    absl::StatusOr<KeyWatch> watch = KeyWatch::Open(faulty.services, acme_ring_, undisturbed.resume_token());
    ASSERT_THAT(watch, IsOk());
    const std::string before = watch->resume_token();
    NewKey();
    crash.BeforeCall(call);
    const absl::StatusOr<std::vector<KeyChange>> failed = watch->Read(64);
    const std::vector<KeyChange> expected = Read(undisturbed);
    if (failed.ok()) {
      EXPECT_EQ(SequencesOf(*failed), SequencesOf(expected));
      continue;
    }
    EXPECT_THAT(failed, IsError(absl::StatusCode::kUnavailable, reason::kStoreUnavailable));
    EXPECT_EQ(watch->resume_token(), before);
    KeyWatch resumed = Open(acme_ring_, before);
    EXPECT_EQ(SequencesOf(Read(resumed)), SequencesOf(expected));
    // Room for the next key.
    const auto made = store_->ListKeys(acme_, ring_.ring, keystore::KeyStore::Tombstones::kHide, {});
    for (const keystore::KeyRecord& key : made.value()) {
      ASSERT_THAT(keys().Delete({ring_, key.kid}, Force::kYes, Call()), IsOk());
    }
    Read(undisturbed);
  }
}

}  // namespace
}  // namespace signet::core
