// Conformance: a commit happens whole or not at all, on condition of what the caller saw.

#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

using ::testing::ElementsAre;

// One record of each kind.
std::vector<Record> OneOfEach() {
  return {MakeTenant("t1"),        MakeRing("t1", "r1"),          MakeKey("t1", "r1", 1),
          MakeRequest("t1", "q1"), MakeCredential("t1", "c1", 1), MakeRevokedToken("t1", "j1")};
}

Record WithRevision(Record record, Revision revision) {
  std::visit([&](auto& typed) { typed.revision = revision; }, record);
  return record;
}

TEST_P(KeyStoreConformance, ACommitRaisesTheRevisionByOneWhateverItHolds) {
  EXPECT_EQ(Put({}), 1);
  EXPECT_EQ(Put(OneOfEach()), 2);
  EXPECT_EQ(Put({MakeTenant("t2")}), 3);
}

TEST_P(KeyStoreConformance, APutOfARecordThatExistsAsNewIsAbortedForEachKind) {
  Put(OneOfEach());
  const Trace before = Everything();
  for (const Record& record : OneOfEach()) EXPECT_THAT(TryPut({record}), FailsAsConcurrentChange()) << record.index();
  EXPECT_EQ(Everything(), before);
}

TEST_P(KeyStoreConformance, APutOverARecordThatIsNotThereIsAbortedForEachKind) {
  for (const Record& record : OneOfEach()) EXPECT_THAT(TryPut({WithRevision(record, 1)}), FailsAsConcurrentChange());
  EXPECT_EQ(Everything(), (Trace{0, {}, {}}));
}

TEST_P(KeyStoreConformance, APutOverAnotherRevisionIsAbortedForEachKind) {
  const Revision first = Put(OneOfEach());
  for (const Record& record : OneOfEach()) {
    const Revision second = Put({WithRevision(record, first)});
    const Trace before = Everything();
    EXPECT_THAT(TryPut({WithRevision(record, first)}), FailsAsConcurrentChange()) << record.index();
    EXPECT_THAT(TryPut({WithRevision(record, second + 1)}), FailsAsConcurrentChange()) << record.index();
    EXPECT_EQ(Everything(), before);
  }
}

TEST_P(KeyStoreConformance, TwoPutsOfOneRecordInACommitAreAborted) {
  EXPECT_THAT(TryPut({MakeTenant("t1"), MakeTenant("t1")}), FailsAsConcurrentChange());
  EXPECT_EQ(Everything(), (Trace{0, {}, {}}));
}

TEST_P(KeyStoreConformance, AnExpectationThatHoldsLetsTheCommitPassAndLeavesItsRecordAlone) {
  const Revision first = Put(OneOfEach());
  for (const Record& record : OneOfEach()) {
    ASSERT_TRUE(store().Commit({{}, {{WithRevision(record, first)}}, {MakeEvent("Put")}}).ok()) << record.index();
  }
  EXPECT_EQ((*store().GetTenant(TenantId("t1")))->revision, first);
  EXPECT_EQ((*store().GetRing(TenantId("t1"), RingId("r1")))->revision, first);
  EXPECT_EQ((*store().GetKeyByUid(MakeUid(1)))->revision, first);
  EXPECT_EQ((*store().GetRequest("t1", "q1"))->revision, first);
  EXPECT_EQ((*store().GetCredential(TenantId("t1"), CredentialId("c1")))->revision, first);
}

TEST_P(KeyStoreConformance, AnExpectationThatDoesNotHoldAbortsTheCommitForEachKind) {
  const Revision first = Put(OneOfEach());
  for (const Record& record : OneOfEach()) {
    Put({WithRevision(record, first)});
    const Trace before = Everything();
    const Change change = {{MakeTenant("t9")}, {{WithRevision(record, first)}}, {MakeEvent("Put")}};
    EXPECT_THAT(store().Commit(change).status(), FailsAsConcurrentChange()) << record.index();
    EXPECT_EQ(Everything(), before);
  }
}

TEST_P(KeyStoreConformance, AnExpectationOfRevisionZeroSaysThatARecordIsNotThere) {
  for (const Record& record : OneOfEach()) {
    EXPECT_TRUE(store().Commit({{}, {{record}}, {MakeEvent("Put")}}).ok()) << record.index();
  }
  Put(OneOfEach());
  for (const Record& record : OneOfEach()) {
    EXPECT_THAT(store().Commit({{}, {{record}}, {MakeEvent("Put")}}).status(), FailsAsConcurrentChange()) << record.index();
  }
}

TEST_P(KeyStoreConformance, ACommitThatFailsAtItsLastPutLeavesNothing) {
  Put({MakeTenant("t1")});
  const Trace before = Everything();
  EXPECT_THAT(TryPut({MakeRing("t1", "r1"), MakeKey("t1", "r1", 1), MakeRequest("t1", "q1"), MakeTenant("t1")}),
              FailsAsConcurrentChange());
  EXPECT_EQ(Everything(), before);
  EXPECT_EQ(*store().GetRequest("t1", "q1"), std::nullopt);
  EXPECT_EQ(Put({MakeRing("t1", "r1")}), 2);
  EXPECT_EQ(store().ListEvents({}, {})->back().sequence, 2);
}

TEST_P(KeyStoreConformance, AChangeWithoutAnEventIsRefused) {
  EXPECT_THAT(store().Commit({OneOfEach(), {}, {}}).status(), FailsAsDefect());
  EXPECT_EQ(Everything(), (Trace{0, {}, {}}));
}

TEST_P(KeyStoreConformance, AKidIsUniqueInItsTenantForEver) {
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.revision = Put({key});
  KeyRecord same = MakeKey("t1", "r2", 2);
  same.kid = key.kid;
  EXPECT_THAT(TryPut({same}), FailsWith(absl::StatusCode::kAlreadyExists, reason::kKeyExists));
  key.state = KeyState::kDestroyed;
  Put({key});
  const Trace before = Everything();
  EXPECT_THAT(TryPut({same}), FailsWith(absl::StatusCode::kAlreadyExists, reason::kKeyExists));
  EXPECT_EQ(Everything(), before);
}

TEST_P(KeyStoreConformance, AKeyCannotTakeTheKidOfAnother) {
  KeyRecord provisional = MakeKey("t1", "r1", 2);
  Put({MakeKey("t1", "r1", 1)});
  provisional.revision = Put({provisional});
  provisional.kid = Kid("kid-1");
  EXPECT_THAT(TryPut({provisional}), FailsWith(absl::StatusCode::kAlreadyExists, reason::kKeyExists));
}

TEST_P(KeyStoreConformance, TwoTenantsMayHaveTheSameKid) {
  KeyRecord other = MakeKey("t2", "r1", 2);
  other.kid = Kid("kid-1");
  Put({MakeKey("t1", "r1", 1), other});
  EXPECT_EQ((*store().GetKey(TenantId("t1"), Kid("kid-1")))->uid, MakeUid(1));
  EXPECT_EQ((*store().GetKey(TenantId("t2"), Kid("kid-1")))->uid, MakeUid(2));
}

TEST_P(KeyStoreConformance, AHostAliasBelongsToOneTenant) {
  TenantRecord owner = MakeTenant("t1");
  owner.host_aliases = {"a.example"};
  Put({owner});
  TenantRecord other = MakeTenant("t2");
  other.host_aliases = {"b.example", "a.example"};
  const absl::Status status = TryPut({other});
  EXPECT_THAT(status, FailsWith(absl::StatusCode::kAlreadyExists, reason::kHostAliasExists));
  EXPECT_EQ(GetErrorDetail(status)->metadata.at("host_alias"), "a.example");
  EXPECT_EQ(*store().GetTenant(other.id), std::nullopt);
  EXPECT_EQ(*store().GetTenantByHostAlias("b.example"), std::nullopt);
}

TEST_P(KeyStoreConformance, AHostAliasIsFreeAfterItsTenantGaveItUp) {
  TenantRecord owner = MakeTenant("t1");
  owner.host_aliases = {"a.example", "a.example", "c.example"};
  owner.revision = Put({owner});
  owner.revision = Put({owner});  // Unchanged, it is still its own.
  owner.host_aliases = {"c.example"};
  owner.revision = Put({owner});
  EXPECT_EQ(*store().GetTenantByHostAlias("a.example"), std::nullopt);
  TenantRecord other = MakeTenant("t2");
  other.host_aliases = {"a.example"};
  Put({other});
  EXPECT_EQ((*store().GetTenantByHostAlias("a.example"))->id, other.id);
  EXPECT_EQ((*store().GetTenantByHostAlias("c.example"))->id, owner.id);
}

TEST_P(KeyStoreConformance, AHostAliasIsFreeAfterItsTenantWasDeletedAndTakenThenOnItsReturn) {
  TenantRecord owner = MakeTenant("t1");
  owner.host_aliases = {"a.example"};
  owner.revision = Put({owner});
  owner.delete_time = TestTime();
  owner.revision = Put({owner});
  EXPECT_EQ(*store().GetTenantByHostAlias("a.example"), std::nullopt);
  TenantRecord other = MakeTenant("t2");
  other.host_aliases = {"a.example"};
  Put({other});
  owner.delete_time.reset();
  EXPECT_THAT(TryPut({owner}), FailsWith(absl::StatusCode::kAlreadyExists, reason::kHostAliasExists));
}

TEST_P(KeyStoreConformance, AHostAliasMovesBetweenTenantsInOneCommit) {
  TenantRecord owner = MakeTenant("t1");
  owner.host_aliases = {"a.example"};
  owner.revision = Put({owner});
  owner.host_aliases.clear();
  TenantRecord other = MakeTenant("t2");
  other.host_aliases = {"a.example"};
  Put({owner, other});
  EXPECT_EQ((*store().GetTenantByHostAlias("a.example"))->id, other.id);
}

TEST_P(KeyStoreConformance, ASecondEnabledKeyInARingIsRefused) {
  KeyRecord enabled = MakeKey("t1", "r1", 1);
  enabled.state = KeyState::kEnabled;
  KeyRecord next = MakeKey("t1", "r1", 2);
  Put({enabled});
  next.revision = Put({next});
  const Trace before = Everything();
  next.state = KeyState::kEnabled;
  EXPECT_THAT(TryPut({next}), FailsAsDefect());
  KeyRecord fresh = MakeKey("t1", "r1", 3);
  fresh.state = KeyState::kEnabled;
  EXPECT_THAT(TryPut({fresh}), FailsAsDefect());
  EXPECT_EQ(Everything(), before);
  // Other rings have their own.
  fresh.ring = RingId("r2");
  EXPECT_TRUE(TryPut({fresh}).ok());
}

TEST_P(KeyStoreConformance, OneCommitSupersedesTheEnabledKey) {
  KeyRecord current = MakeKey("t1", "r1", 1);
  current.state = KeyState::kEnabled;
  KeyRecord next = MakeKey("t1", "r1", 2);
  current.revision = Put({current});
  next.revision = Put({next});
  current.state = KeyState::kDisabled;
  next.state = KeyState::kEnabled;
  EXPECT_THAT(TryPut({next, current}), FailsAsDefect());
  Put({current, next});
  EXPECT_EQ((*store().GetKeyByUid(current.uid))->state, KeyState::kDisabled);
  EXPECT_EQ((*store().GetKeyByUid(next.uid))->state, KeyState::kEnabled);
}

TEST_P(KeyStoreConformance, TwoNewKeysOfARingInOneCommitAreRefusedAsTheyWouldHaveOnePosition) {
  EXPECT_THAT(TryPut({MakeKey("t1", "r1", 1), MakeKey("t1", "r1", 2)}), FailsAsDefect());
  Put({MakeKey("t1", "r1", 1), MakeKey("t1", "r2", 2)});
}

TEST_P(KeyStoreConformance, ReadChangesReturnsEachRecordWrittenSinceAsItIsNow) {
  TenantRecord tenant = MakeTenant("t1");
  RingRecord ring = MakeRing("t1", "r1");
  KeyRecord key = MakeKey("t1", "r1", 1);
  CredentialRecord credential = MakeCredential("t1", "c1", 1);
  RevokedToken token = MakeRevokedToken("t1", "j1");
  // In one commit tenants come before rings before keys before credentials before tokens, whatever the order of the puts; requests
  // do not count.
  const Revision first = Put({token, credential, key, MakeRequest("t1", "q"), ring, tenant});
  tenant.revision = ring.revision = key.revision = key.create_revision = credential.revision = token.revision = first;
  EXPECT_THAT(store().ReadChanges(0, 100)->records,
              ElementsAre(Record(tenant), Record(ring), Record(key), Record(credential), Record(token)));
  tenant.delete_time = TestTime();
  tenant.revision = Put({tenant});
  EXPECT_THAT(store().ReadChanges(0, 100)->records,
              ElementsAre(Record(ring), Record(key), Record(credential), Record(token), Record(tenant)));
  EXPECT_THAT(store().ReadChanges(first, 100)->records, ElementsAre(Record(tenant)));
  EXPECT_EQ(store().ReadChanges(first, 100)->revision, tenant.revision);
  const Revision last = Put({});
  EXPECT_THAT(store().ReadChanges(tenant.revision, 100)->records, ElementsAre());
  EXPECT_EQ(store().ReadChanges(tenant.revision, 100)->revision, last);
}

TEST_P(KeyStoreConformance, ReadChangesNeverCutsACommit) {
  Put({MakeTenant("t1"), MakeTenant("t2")});
  Put({MakeTenant("t3"), MakeTenant("t4"), MakeTenant("t5")});
  Put({});
  const absl::StatusOr<Changes> first = store().ReadChanges(0, 1);
  EXPECT_EQ(first->records.size(), 2u);
  EXPECT_EQ(first->revision, 1);
  const absl::StatusOr<Changes> exactly = store().ReadChanges(0, 2);
  EXPECT_EQ(exactly->records.size(), 2u);
  EXPECT_EQ(exactly->revision, 1);
  const absl::StatusOr<Changes> second = store().ReadChanges(1, 2);
  EXPECT_EQ(second->records.size(), 3u);
  EXPECT_EQ(second->revision, 3);
  EXPECT_EQ(store().ReadChanges(0, 3)->records.size(), 5u);
}

}  // namespace
}  // namespace signet::keystore
