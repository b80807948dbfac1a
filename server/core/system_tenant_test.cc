#include "server/core/system_tenant.h"

#include <algorithm>
#include <string>
#include <vector>

#include "hsm/software_hsm.h"
#include "keystore/memory_key_store.h"
#include "server/core/certificates.h"
#include "server/core/key_creation.h"
#include "server/core/system_records.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/crash.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyRecord;
using keystore::KeyState;
using keystore::TenantId;
using keystore::TenantKind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SystemTenantTest : public CoreTest {
 protected:
  RingName Ring(const std::string& id) const { return {system_, keystore::RingId(id)}; }
  std::vector<KeyRecord> KeysOf(const RingName& ring, KeyState state) {
    auto records = store_->ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kHide, {"", 100}).value();
    std::erase_if(records, [&](const KeyRecord& key) { return key.state != state; });
    return records;
  }
  void LoseAllPrivateKeys() {
    const std::vector<hsm::StoredKey> keys = hsm_->ListKeys("").value();
    for (const hsm::StoredKey& key : keys) ASSERT_THAT(hsm_->DestroyKey(key.id), IsOk());
  }
  void ExpectWhole() {
    for (const RingName& ring : SystemRings()) {
      const std::vector<KeyRecord> enabled = KeysOf(ring, KeyState::kEnabled);
      ASSERT_THAT(enabled, SizeIs(1)) << FormatRingName(ring);
      EXPECT_TRUE(IsPublished({ring, enabled[0].kid}));
    }
  }
  std::vector<std::string> ListedIds(const keystore::KeyStore::TenantFilter& filter, int page_size = 0) {
    std::vector<std::string> ids;
    ListRequest request = {page_size, ""};
    do {
      const auto list = tenants().List(filter, request);
      EXPECT_THAT(list, IsOk());
      EXPECT_FALSE(list->items.empty() && !ids.empty()) << "an empty page";
      for (const TenantView& view : list->items) ids.push_back(view.record.id.value());
      request.page_token = list->next_page_token;
    } while (!request.page_token.empty());
    return ids;
  }

  const TenantId system_ = TenantId("system");
};

TEST_F(SystemTenantTest, IsMadeWithThreeRingsThatEachSign) {
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  const absl::StatusOr<TenantView> tenant = tenants().Get(system_);
  ASSERT_THAT(tenant, IsOk());
  EXPECT_EQ(tenant->record.kind, TenantKind::kSystem);
  EXPECT_EQ(tenant->issuer, "https://signet.example/t/system");
  ExpectWhole();
  EXPECT_TRUE(rings().Get(Ring("access-token"))->policy.automatic);
  for (const std::string id : {"audit", "client-ca"}) {
    EXPECT_FALSE(rings().Get(Ring(id))->policy.automatic);
    EXPECT_FALSE(rings().Get(Ring(id))->policy.keep_next);
  }
  for (const keystore::Event& event : Events()) {
    if (event.tenant != system_) continue;
    EXPECT_EQ(event.actor, "system") << event.action;
  }
}

TEST_F(SystemTenantTest, IsMadeOnce) {
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  const int64_t revision = StoreRevision();
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  EXPECT_EQ(StoreRevision(), revision);
}

TEST_F(SystemTenantTest, GetsARingThatItLacks) {
  ASSERT_THAT(EnsureSystemRecords(*store_, clock_.Now()), IsOk());
  keystore::RingRecord ring = store_->GetRing(system_, keystore::RingId("audit"))->value();
  ring.delete_time = clock_.Now();
  keystore::Change change;
  change.puts = {ring};
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  ExpectWhole();
}

// Whatever call to store or HSM is the last one, the next start completes what is missing, and leaves no private key behind.
TEST_F(SystemTenantTest, IsCompletedAfterACrashAnywhere) {
  for (const bool before : {true, false}) {
    for (int call = 0;; ++call) {
      const auto store = keystore::CreateMemoryKeyStore();
      const auto token = hsm::CreateSoftwareHsm();
      Crash crash;
      before ? crash.BeforeCall(call) : crash.AfterCall(call);
      {
        FaultyKeyStore dying_store(*store, crash);
        FaultyHsm dying_hsm(*token, crash);
        Core core(dying_store, dying_hsm, clock_, random_, crash);
        (void)EnsureSystemTenant(core.services);
      }
      if (!crash.happened()) break;
      Core core(*store, *token, clock_, random_, steps_);
      ASSERT_THAT(Reconcile(core.services), IsOk());
      ASSERT_THAT(EnsureSystemTenant(core.services), IsOk()) << call;
      for (const RingName& ring : SystemRings()) {
        const auto keys = store->ListKeys(ring.tenant, ring.ring, keystore::KeyStore::Tombstones::kHide, {"", 100}).value();
        const auto enabled =
            std::count_if(keys.begin(), keys.end(), [](const auto& key) { return key.state == KeyState::kEnabled; });
        EXPECT_EQ(enabled, 1) << FormatRingName(ring) << call;
      }
    }
  }
}

TEST_F(SystemTenantTest, NeedsAnHsmThatMakesKeys) {
  Crash crash;
  FaultyHsm hsm(*hsm_, crash);
  hsm.generate_error = Error(StatusCode::kUnavailable, reason::kHsmUnavailable, "away");
  Core core(*store_, hsm, clock_, random_, steps_);
  EXPECT_THAT(EnsureSystemTenant(core.services), IsError(StatusCode::kUnavailable, reason::kHsmUnavailable));
  hsm.generate_error = absl::OkStatus();
  EXPECT_THAT(EnsureSystemTenant(core.services), IsOk());
}

TEST_F(SystemTenantTest, GetsNewKeysWhereTheTokenWasReplaced) {
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  const KeyRecord former = KeysOf(Ring("access-token"), KeyState::kEnabled).at(0);
  const auto other_token = hsm::CreateSoftwareHsm();
  Core core(*store_, *other_token, clock_, random_, steps_);
  ASSERT_THAT(EnsureSystemTenant(core.services), IsOk());
  const std::vector<KeyRecord> enabled = KeysOf(Ring("access-token"), KeyState::kEnabled);
  ASSERT_THAT(enabled, SizeIs(1));
  EXPECT_NE(enabled[0].kid, former.kid);
  EXPECT_EQ(StoredKey({Ring("access-token"), former.kid}).state, KeyState::kDisabled) << "what it signed stays verifiable";
}

TEST_F(SystemTenantTest, GetsANewKeyWhereTheNextOneIsLostToo) {
  ASSERT_THAT(EnsureSystemRecords(*store_, clock_.Now()), IsOk());
  ASSERT_THAT(CreateKey(services(), Ring("audit"), keystore::Kid("lost"), Call()), IsOk());
  LoseAllPrivateKeys();
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  EXPECT_EQ(StoredKey({Ring("audit"), keystore::Kid("lost")}).state, KeyState::kDestroyed);
  ExpectWhole();
}

TEST_F(SystemTenantTest, EnablesTheKeyThatAStartBeforeMade) {
  ASSERT_THAT(EnsureSystemRecords(*store_, clock_.Now()), IsOk());
  ASSERT_THAT(CreateKey(services(), Ring("audit"), keystore::Kid("made"), Call()), IsOk());
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  EXPECT_EQ(StoredKey({Ring("audit"), keystore::Kid("made")}).state, KeyState::kEnabled);
}

TEST_F(SystemTenantTest, DoesNotTakeTheIdOfAnOrdinaryOne) {
  keystore::TenantRecord ordinary;
  ordinary.id = system_;
  ordinary.create_time = clock_.Now();
  keystore::Change change;
  change.puts = {ordinary};
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  EXPECT_THAT(EnsureSystemTenant(services()), IsError(StatusCode::kFailedPrecondition, reason::kTenantReserved));
  ordinary = store_->GetTenant(system_)->value();
  ordinary.delete_time = clock_.Now();
  change.puts = {ordinary};
  ASSERT_THAT(store_->Commit(change), IsOk());
  ASSERT_THAT(EnsureSystemTenant(services()), IsOk());
  ExpectWhole();
}

class ReservedTenantTest : public SystemTenantTest {
 protected:
  ReservedTenantTest() {
    MakeSystemTenant();
    key_ = {Ring("access-token"), KeysOf(Ring("access-token"), KeyState::kEnabled).at(0).kid};
  }
  KeyName key_;
};

TEST_F(ReservedTenantTest, IsNeitherMadeNorChangedByCallers) {
  const auto is_reserved = IsError(StatusCode::kFailedPrecondition, reason::kTenantReserved);
  NewTenant tenant;
  tenant.id = "system";
  EXPECT_THAT(tenants().Create(tenant, Call()), is_reserved);
  EXPECT_THAT(tenants().Update(system_, {}, Call()), is_reserved);
  EXPECT_THAT(tenants().Delete(system_, Call()), is_reserved);
  EXPECT_THAT(rings().Create(Ring("other"), {}, Call()), is_reserved);
  EXPECT_THAT(rings().Update(Ring("audit"), {}, Call()), is_reserved);
  EXPECT_THAT(rings().Delete(Ring("audit"), Call()), is_reserved);
  EXPECT_THAT(keys().Create(Ring("audit"), {}, Call()), is_reserved);
  EXPECT_THAT(keys().Enable(key_, Force::kYes, Call()), is_reserved);
  EXPECT_THAT(keys().Disable(key_, Force::kYes, Call()), is_reserved);
  EXPECT_THAT(keys().Revoke(key_, Force::kYes, Call()), is_reserved);
  EXPECT_THAT(keys().Delete(key_, Force::kYes, Call()), is_reserved);
  EXPECT_THAT(Certificates(services()).SetChain(key_, "", Call()), is_reserved);
  EXPECT_THAT(Certificates(services()).GenerateRequest(key_, std::nullopt), is_reserved);
  ExpectWhole();
}

TEST_F(ReservedTenantTest, ReservesItsKindToo) {
  NewTenant tenant;
  tenant.id = "t";
  tenant.kind = TenantKind::kSystem;
  EXPECT_THAT(tenants().Create(tenant, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(ReservedTenantTest, IsNobodysParent) {
  NewTenant tenant;
  tenant.id = "t";
  tenant.parent = system_;
  EXPECT_THAT(tenants().Create(tenant, Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
}

TEST_F(ReservedTenantTest, HasItsKeysReplacedAndShown) {
  RotateCommand purge;
  purge.purge = keystore::Purge::kYes;
  ASSERT_THAT(keys().Rotate(key_.ring, purge, Call()), IsOk());
  EXPECT_EQ(StoredKey(key_).state, KeyState::kRevoked);
  ExpectWhole();
  EXPECT_THAT(keys().Get(key_), IsOk());
  EXPECT_THAT(keys().GetPublicKey(key_), IsOk());
  EXPECT_THAT(rings().List(system_, {}), IsOk());
  EXPECT_THAT(Certificates(services()).Get(key_), IsOk());
}

TEST_F(ReservedTenantTest, HasCredentials) {
  NewCredential wanted;
  wanted.tenant = system_;
  EXPECT_THAT(credentials().Create(wanted, LocalPrincipal(), Call()), IsOk());
}

TEST_F(ReservedTenantTest, IsListedOnlyWhereItsKindIsAskedFor) {
  for (const std::string id : {"t1", "a2", "z3"}) NewTenantNamed(id);
  keystore::KeyStore::TenantFilter filter;
  for (const int page_size : {0, 1, 2, 3, 4, 5}) {
    EXPECT_THAT(ListedIds(filter, page_size), ElementsAre("a2", "acme", "t1", "z3")) << page_size;
  }
  filter.kind = TenantKind::kSystem;
  EXPECT_THAT(ListedIds(filter), ElementsAre("system"));
  filter.kind = TenantKind::kDirectory;
  EXPECT_THAT(ListedIds(filter), IsEmpty());
}

}  // namespace
}  // namespace signet::core
