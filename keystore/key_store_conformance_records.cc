// Conformance: what was written is read back, one by one and in lists.

#include "absl/strings/str_cat.h"
#include "keystore/event_chain.h"
#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

template <typename T>
std::vector<std::string> Ids(const absl::StatusOr<std::vector<T>>& records) {
  std::vector<std::string> ids;
  EXPECT_TRUE(records.ok()) << records.status();
  if (records.ok()) {
    for (const T& record : *records) ids.push_back(record.id.value());
  }
  return ids;
}

std::vector<std::string> Kids(const absl::StatusOr<std::vector<KeyRecord>>& keys) {
  std::vector<std::string> kids;
  EXPECT_TRUE(keys.ok()) << keys.status();
  if (keys.ok()) {
    for (const KeyRecord& key : *keys) kids.push_back(key.kid.value());
  }
  return kids;
}

TEST_P(KeyStoreConformance, AnEmptyStoreHasAnInstanceIdAndNothingElse) {
  const absl::StatusOr<std::string> instance_id = store().InstanceId();
  ASSERT_TRUE(instance_id.ok()) << instance_id.status();
  EXPECT_THAT(*instance_id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(*store().InstanceId(), *instance_id);
  EXPECT_EQ(Everything(), (Trace{0, {}, {}}));
  EXPECT_EQ(*store().GetTenant(TenantId("t1")), std::nullopt);
  EXPECT_EQ(*store().GetTenantByHostAlias("a.example"), std::nullopt);
  EXPECT_EQ(*store().GetRing(TenantId("t1"), RingId("r1")), std::nullopt);
  EXPECT_EQ(*store().GetKey(TenantId("t1"), Kid("kid-1")), std::nullopt);
  EXPECT_EQ(*store().GetKeyByUid(MakeUid(1)), std::nullopt);
  EXPECT_EQ(*store().GetRequest("t1", "r"), std::nullopt);
  EXPECT_EQ(*store().GetCredential(TenantId("t1"), CredentialId("c1")), std::nullopt);
}

TEST_P(KeyStoreConformance, ReadsBackATenantWithTheRevisionOfItsCommit) {
  TenantRecord tenant = MakeTenant("t1");
  tenant.kind = TenantKind::kDirectory;
  tenant.display_name = "Größe '; DROP TABLE tenants; --";
  tenant.parent = TenantId("root");
  tenant.issuer = "https://issuer.example";
  tenant.host_aliases = {"b.example", "a.example"};
  tenant.revision = Put({tenant});
  EXPECT_EQ(tenant.revision, 1);
  EXPECT_EQ(**store().GetTenant(tenant.id), tenant);
  EXPECT_EQ(**store().GetTenantByHostAlias("a.example"), tenant);
  EXPECT_EQ(**store().GetTenantByHostAlias("b.example"), tenant);
  EXPECT_EQ(*store().GetTenantByHostAlias("A.example"), std::nullopt);
}

TEST_P(KeyStoreConformance, ReadsBackARing) {
  RingRecord ring = MakeRing("t1", "r1");
  ring.policy.preset = Preset::kAuth0;
  ring.policy.max_keys = 4;
  ring.policy.retain_until_revoked = false;
  ring.certificate.organization = "Größe";
  ring.rotation = Rotation();
  ring.rotation->number = 3;
  ring.rotation->start_time = TestTime();
  ring.rotation->revoked = {MakeUid(1), MakeUid(2)};
  ring.rotation_quota_time = TestTime();
  ring.revision = Put({ring});
  EXPECT_EQ(**store().GetRing(ring.tenant, ring.id), ring);
  EXPECT_EQ(*store().GetRing(TenantId("t2"), ring.id), std::nullopt);
}

TEST_P(KeyStoreConformance, ReadsBackAKeyByKidAndByUid) {
  Put({MakeTenant("t1")});
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.certificate_chain = {"\x30\xff", "\x30"};
  key.revision = key.create_revision = Put({key});
  EXPECT_EQ(**store().GetKey(key.tenant, key.kid), key);
  EXPECT_EQ(**store().GetKeyByUid(key.uid), key);
  EXPECT_EQ(*store().GetKey(TenantId("t2"), key.kid), std::nullopt);
}

TEST_P(KeyStoreConformance, KeepsAKeysCreateRevisionWhenItIsChanged) {
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.revision = Put({key});
  key.state = KeyState::kEnabled;
  key.create_revision = 77;  // The store's, whatever the caller says.
  const Revision second = Put({key});
  EXPECT_EQ((*store().GetKeyByUid(key.uid))->create_revision, 1);
  EXPECT_EQ((*store().GetKeyByUid(key.uid))->revision, second);
}

TEST_P(KeyStoreConformance, AKeyThatChangesItsKidIsFoundByTheNewOneOnly) {
  KeyRecord key = MakeKey("t1", "r1", 1);
  key.kid = Kid(key.uid.value());
  key.revision = Put({key});
  key.kid = Kid("thumbprint");
  Put({key});
  EXPECT_EQ(*store().GetKey(key.tenant, Kid(key.uid.value())), std::nullopt);
  EXPECT_EQ((*store().GetKey(key.tenant, key.kid))->uid, key.uid);
}

TEST_P(KeyStoreConformance, ReadsBackARequestAndItsResult) {
  RequestRecord request = MakeRequest("t1", "req 1");
  request.key_uid = MakeUid(7);
  request.revision = Put({request});
  EXPECT_EQ(**store().GetRequest("t1", "req 1"), request);
  EXPECT_EQ(*store().GetRequest("", "req 1"), std::nullopt);
  request.result = R"({"kid":"ü"})";
  request.revision = Put({request});
  EXPECT_EQ(**store().GetRequest("t1", "req 1"), request);
}

TEST_P(KeyStoreConformance, KeepsTimesInMicroseconds) {
  TenantRecord tenant = MakeTenant("t1");
  tenant.update_time = TestTime() + absl::Nanoseconds(1999);
  RequestRecord request = MakeRequest("t1", "r");
  request.create_time = TestTime() + absl::Nanoseconds(1999);
  Event event = MakeEvent("Put");
  event.time = TestTime() + absl::Nanoseconds(1999);
  ASSERT_TRUE(store().Commit({{tenant, request}, {}, {event}}).ok());
  EXPECT_EQ((*store().GetTenant(tenant.id))->update_time, TestTime() + absl::Microseconds(1));
  EXPECT_EQ((*store().GetRequest("t1", "r"))->create_time, TestTime() + absl::Microseconds(1));
  EXPECT_EQ(store().ListEvents({}, {})->front().time, TestTime() + absl::Microseconds(1));
}

TEST_P(KeyStoreConformance, ListsTenantsByIdInPages) {
  for (const char* id : {"t3", "t1", "t-2", "t10", "t2"}) Put({MakeTenant(id)});
  EXPECT_THAT(Ids(store().ListTenants({}, {})), ElementsAre("t-2", "t1", "t10", "t2", "t3"));
  EXPECT_THAT(Ids(store().ListTenants({}, {.after = "", .limit = 2})), ElementsAre("t-2", "t1"));
  EXPECT_THAT(Ids(store().ListTenants({}, {.after = "t1", .limit = 2})), ElementsAre("t10", "t2"));
  EXPECT_THAT(Ids(store().ListTenants({}, {.after = "t11", .limit = 5})), ElementsAre("t2", "t3"));
  EXPECT_THAT(Ids(store().ListTenants({}, {.after = "t3", .limit = 5})), IsEmpty());
}

TEST_P(KeyStoreConformance, ListsTenantsByParentAndKind) {
  TenantRecord root = MakeTenant("root");
  root.kind = TenantKind::kGlobalAccount;
  TenantRecord directory = MakeTenant("dir");
  directory.kind = TenantKind::kDirectory;
  directory.parent = root.id;
  TenantRecord leaf = MakeTenant("leaf");
  leaf.parent = root.id;
  Put({root, directory, leaf, MakeTenant("lone")});
  EXPECT_THAT(Ids(store().ListTenants({.parent = root.id, .kind = {}}, {})), ElementsAre("dir", "leaf"));
  EXPECT_THAT(Ids(store().ListTenants({.parent = {}, .kind = TenantKind::kSubaccount}, {})), ElementsAre("leaf", "lone"));
  EXPECT_THAT(Ids(store().ListTenants({.parent = root.id, .kind = TenantKind::kSubaccount}, {})), ElementsAre("leaf"));
  EXPECT_THAT(Ids(store().ListTenants({.parent = root.id, .kind = {}}, {.after = "dir", .limit = 1})), ElementsAre("leaf"));
  EXPECT_THAT(Ids(store().ListTenants({.parent = TenantId("leaf"), .kind = {}}, {})), IsEmpty());
}

TEST_P(KeyStoreConformance, ListsATenantsRingsByIdInPages) {
  Put({MakeRing("t1", "saml"), MakeRing("t1", "access-token"), MakeRing("t2", "other"), MakeRing("t1", "zz")});
  EXPECT_THAT(Ids(store().ListRings(TenantId("t1"), {})), ElementsAre("access-token", "saml", "zz"));
  EXPECT_THAT(Ids(store().ListRings(TenantId("t1"), {.after = "access-token", .limit = 1})), ElementsAre("saml"));
  EXPECT_THAT(Ids(store().ListRings(TenantId("t3"), {})), IsEmpty());
}

TEST_P(KeyStoreConformance, ListsARingsKeysByCreationInPages) {
  for (int number : {5, 3, 9}) Put({MakeKey("t1", "r1", number)});
  Put({MakeKey("t1", "r2", 20), MakeKey("t2", "r1", 21)});
  const auto list = [&](Page page) {
    return store().ListKeys(TenantId("t1"), RingId("r1"), KeyStore::Tombstones::kShow, std::move(page));
  };
  EXPECT_THAT(Kids(list({})), ElementsAre("kid-5", "kid-3", "kid-9"));
  const absl::StatusOr<std::vector<KeyRecord>> first = list({.after = "", .limit = 2});
  EXPECT_THAT(Kids(first), ElementsAre("kid-5", "kid-3"));
  EXPECT_THAT(Kids(list({.after = absl::StrCat(first->back().create_revision), .limit = 2})), ElementsAre("kid-9"));
  EXPECT_THAT(Kids(list({.after = "1000000", .limit = 2})), IsEmpty());
}

TEST_P(KeyStoreConformance, ADeletedTenantOrRingIsFoundButNotListed) {
  TenantRecord tenant = MakeTenant("t1");
  RingRecord ring = MakeRing("t1", "r1");
  tenant.revision = ring.revision = Put({tenant, ring});
  tenant.delete_time = ring.delete_time = TestTime();
  tenant.revision = ring.revision = Put({tenant, ring});
  EXPECT_EQ(**store().GetTenant(tenant.id), tenant);
  EXPECT_EQ(**store().GetRing(ring.tenant, ring.id), ring);
  EXPECT_THAT(Ids(store().ListTenants({}, {})), IsEmpty());
  EXPECT_THAT(Ids(store().ListRings(tenant.id, {})), IsEmpty());
}

TEST_P(KeyStoreConformance, ADeletedTenantIsCreatedAgainByAPutOverItsRevision) {
  TenantRecord tenant = MakeTenant("t1");
  tenant.revision = Put({tenant});
  tenant.delete_time = TestTime();
  tenant.revision = Put({tenant});
  TenantRecord again = MakeTenant("t1");
  EXPECT_THAT(TryPut({again}), FailsAsConcurrentChange());
  again.revision = tenant.revision;
  again.revision = Put({again});
  EXPECT_EQ(**store().GetTenant(tenant.id), again);
}

TEST_P(KeyStoreConformance, DestroyedKeysAreListedOnlyIfTombstonesAreShown) {
  KeyRecord destroyed = MakeKey("t1", "r1", 1);
  destroyed.state = KeyState::kDestroyed;
  KeyRecord revoked = MakeKey("t1", "r1", 2);
  revoked.state = KeyState::kRevoked;
  Put({destroyed});
  Put({revoked});
  Put({MakeKey("t1", "r1", 3)});
  const auto list = [&](KeyStore::Tombstones tombstones, Page page) {
    return Kids(store().ListKeys(TenantId("t1"), RingId("r1"), tombstones, page));
  };
  EXPECT_THAT(list(KeyStore::Tombstones::kHide, {}), ElementsAre("kid-2", "kid-3"));
  EXPECT_THAT(list(KeyStore::Tombstones::kHide, {.after = "", .limit = 1}), ElementsAre("kid-2"));
  EXPECT_THAT(list(KeyStore::Tombstones::kShow, {}), ElementsAre("kid-1", "kid-2", "kid-3"));
  EXPECT_EQ((*store().GetKey(TenantId("t1"), Kid("kid-1")))->state, KeyState::kDestroyed);
}

TEST_P(KeyStoreConformance, ListsEventsInTheirOrderInPages) {
  Event first = MakeEvent("CreateTenant");
  first.request_id = "r-1";
  first.after = R"({"id":"ä"})";
  Event second = MakeEvent("CreateKeyRing");
  second.before = "{}";
  ASSERT_TRUE(store().Commit({{MakeTenant("t1")}, {}, {first, second}}).ok());
  ASSERT_TRUE(store().Commit({{MakeTenant("t2")}, {}, {MakeEvent("CreateTenant")}}).ok());
  first.sequence = 1;
  second.sequence = 2;
  first.revision = second.revision = 1;
  Event third = MakeEvent("CreateTenant");
  third.sequence = 3;
  third.revision = 2;
  first.hash = EventHash("", first);
  second.hash = EventHash(first.hash, second);
  third.hash = EventHash(second.hash, third);
  EXPECT_THAT(*store().ListEvents({}, {}), ElementsAre(first, second, third));
  EXPECT_THAT(*store().ListEvents({}, {.after = "", .limit = 1}), ElementsAre(first));
  EXPECT_THAT(*store().ListEvents({}, {.after = "1", .limit = 1}), ElementsAre(second));
  EXPECT_THAT(*store().ListEvents({}, {.after = "3", .limit = 1}), IsEmpty());
}

TEST_P(KeyStoreConformance, RefusesAPositionThatIsNoneAndALimitBelowOne) {
  const auto list_keys = [&](const Page& page) {
    return store().ListKeys(TenantId("t1"), RingId("r1"), KeyStore::Tombstones::kShow, page).status();
  };
  for (const char* position : {"x", "-1", "1x", "99999999999999999999"}) {
    const Page page = {.after = position, .limit = 1};
    EXPECT_THAT(list_keys(page), FailsWith(absl::StatusCode::kInvalidArgument, reason::kPageTokenInvalid)) << position;
    for (const auto order : {KeyStore::EventFilter::Order::kOldestFirst, KeyStore::EventFilter::Order::kNewestFirst}) {
      KeyStore::EventFilter filter;
      filter.order = order;
      EXPECT_THAT(store().ListEvents(filter, page).status(),
                  FailsWith(absl::StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
    }
  }
  const Page none = {.after = "", .limit = 0};
  EXPECT_THAT(list_keys(none), FailsAsDefect());
  EXPECT_THAT(store().ListEvents({}, none).status(), FailsAsDefect());
  EXPECT_THAT(store().ListTenants({}, none).status(), FailsAsDefect());
  EXPECT_THAT(store().ListRings(TenantId("t1"), none).status(), FailsAsDefect());
  EXPECT_THAT(store().ListCredentials(TenantId("t1"), none).status(), FailsAsDefect());
  EXPECT_THAT(store().ReadChanges(0, 0).status(), FailsAsDefect());
}

}  // namespace
}  // namespace signet::keystore
