#include "server/core/tenants.h"

#include <string>
#include <vector>

#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::Kid;
using keystore::TenantId;
using keystore::TenantKind;
using testing::ElementsAre;

class TenantsTest : public CoreTest {
 protected:
  static NewTenant Named(const std::string& id) {
    NewTenant tenant;
    tenant.id = id;
    return tenant;
  }
  static NewTenant WithAliases(const std::string& id, std::vector<std::string> host_aliases) {
    NewTenant tenant = Named(id);
    tenant.host_aliases = std::move(host_aliases);
    return tenant;
  }
  std::vector<std::string> ListedIds(const keystore::KeyStore::TenantFilter& filter) {
    std::vector<std::string> ids;
    const absl::StatusOr<ListResult<TenantView>> list = tenants().List(filter, {});
    EXPECT_THAT(list, IsOk());
    for (const TenantView& view : list->items) ids.push_back(view.record.id.value());
    return ids;
  }
};

TEST_F(TenantsTest, AreCreatedWithTheirFirstRing) {
  const size_t events = Events().size();
  const absl::StatusOr<TenantView> view = tenants().Create(Named("t"), Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->record.display_name, "t");
  EXPECT_EQ(view->issuer, "https://signet.example/t/t");
  EXPECT_EQ(view->record.create_time, clock_.Now());
  const absl::StatusOr<RingView> ring = rings().Get({TenantId("t"), keystore::RingId("access-token")});
  ASSERT_THAT(ring, IsOk());
  EXPECT_EQ(ring->record.algorithm, "ES256");
  EXPECT_EQ(ring->policy.preset, keystore::Preset::kStandard);
  EXPECT_NE(directory().FindTenant(TenantId("t")), nullptr);
  EXPECT_THAT(Actions(events), ElementsAre("CreateTenant", "CreateTenant"));
  EXPECT_EQ(tenants().Get(TenantId("t"))->etag, view->etag);
}

TEST_F(TenantsTest, WithoutAnIdGetARandomUuidOncePerRequest) {
  const absl::StatusOr<TenantView> first = tenants().Create({}, CallWithId("id"));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->record.id.value().size(), 36u);
  EXPECT_EQ(tenants().Create({}, CallWithId("id"))->record.id, first->record.id);
  EXPECT_NE(tenants().Create({}, Call())->record.id, first->record.id);
}

TEST_F(TenantsTest, ShowTheirOwnIssuerIfTheyHaveOne) {
  NewTenant tenant = Named("t");
  tenant.issuer = "https://login.example/x";
  EXPECT_EQ(tenants().Create(tenant, Call())->issuer, "https://login.example/x");
  // Auth0's end with a slash, and verifiers compare texts.
  for (const char* issuer : {"https://login.example/", "https://login.example"}) {
    TenantUpdate update;
    update.issuer = issuer;
    EXPECT_EQ(tenants().Update(TenantId("t"), update, Call())->issuer, issuer);
  }
  TenantUpdate back;
  back.issuer = "";
  EXPECT_EQ(tenants().Update(TenantId("t"), back, Call())->issuer, "https://signet.example/t/t");
}

TEST_F(TenantsTest, OfBadFormAreRefused) {
  for (const std::string& id : {std::string("A"), std::string("-a"), std::string(10'000, 'a')}) {
    EXPECT_THAT(tenants().Create(Named(id), Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidName));
  }
  NewTenant tenant = Named("t");
  tenant.display_name = std::string(10'000, 'x');
  EXPECT_THAT(tenants().Create(tenant, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  tenant = Named("t");
  tenant.issuer = "http://insecure.example";
  EXPECT_THAT(tenants().Create(tenant, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(tenants().Create(WithAliases("t", {"Upper.example"}), Call()),
              IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  TenantUpdate update;
  update.issuer = "https://login.example//";
  EXPECT_THAT(tenants().Update(acme_, update, Call()), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(TenantsTest, ThatExistOrDoNotAreToldApart) {
  EXPECT_THAT(tenants().Create(Named("acme"), Call()), IsError(StatusCode::kAlreadyExists, reason::kTenantExists));
  const TenantId nobody("nobody");
  EXPECT_THAT(tenants().Get(nobody), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(tenants().Update(nobody, {}, Call()), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(tenants().Delete(nobody, Call()), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  keystore::KeyStore::TenantFilter below;
  below.parent = nobody;
  EXPECT_THAT(tenants().List(below, {}), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
}

TEST_F(TenantsTest, AHostAliasBelongsToOneTenant) {
  ASSERT_THAT(tenants().Create(WithAliases("a", {"a.example", "b.example"}), Call()), IsOk());
  const absl::StatusOr<TenantView> taken = tenants().Create(WithAliases("b", {"c.example", "b.example"}), Call());
  ASSERT_THAT(taken, IsError(StatusCode::kAlreadyExists, reason::kHostAliasExists));
  EXPECT_EQ(GetErrorDetail(taken.status())->metadata["host_alias"], "b.example");
  EXPECT_THAT(tenants().Create(WithAliases("b", {"b.example"}), ValidateOnly()),
              IsError(StatusCode::kAlreadyExists, reason::kHostAliasExists));
  TenantUpdate update;
  update.host_aliases = {"b.example"};
  EXPECT_THAT(tenants().Update(acme_, update, Call()), IsError(StatusCode::kAlreadyExists, reason::kHostAliasExists));
  EXPECT_THAT(tenants().Update(TenantId("a"), update, Call()), IsOk()) << "its own";
  EXPECT_EQ(directory().FindTenantByHost("a.example"), nullptr);
  ASSERT_THAT(tenants().Delete(TenantId("a"), Call()), IsOk());
  EXPECT_THAT(tenants().Update(acme_, update, Call()), IsOk());
  EXPECT_EQ(directory().FindTenantByHost("b.example")->tenant.id, acme_);
}

TEST_F(TenantsTest, AreListedByIdByParentAndByKind) {
  NewTenant account = Named("account");
  account.kind = TenantKind::kGlobalAccount;
  ASSERT_THAT(tenants().Create(account, Call()), IsOk());
  NewTenant child = Named("child");
  child.parent = TenantId("account");
  ASSERT_THAT(tenants().Create(child, Call()), IsOk());
  EXPECT_THAT(ListedIds({}), ElementsAre("account", "acme", "child"));
  keystore::KeyStore::TenantFilter filter;
  filter.parent = TenantId("account");
  EXPECT_THAT(ListedIds(filter), ElementsAre("child"));
  keystore::KeyStore::TenantFilter roots;
  roots.kind = TenantKind::kGlobalAccount;
  EXPECT_THAT(ListedIds(roots), ElementsAre("account"));

  const std::string token = tenants().List({}, {1, ""})->next_page_token;
  EXPECT_EQ(tenants().List({}, {1, token})->items.at(0).record.id, acme_);
  EXPECT_THAT(tenants().List(filter, {1, token}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(tenants().List(roots, {1, token}), IsError(StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  EXPECT_THAT(tenants().List({}, {-1, ""}), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(TenantsTest, AnUpdateChangesWhatItNames) {
  clock_.Advance(absl::Seconds(1));
  TenantUpdate update;
  update.display_name = "ACME Inc.";
  const absl::StatusOr<TenantView> view = tenants().Update(acme_, update, Call());
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->record.display_name, "ACME Inc.");
  EXPECT_EQ(view->record.update_time, clock_.Now());
  const int64_t revision = StoreRevision();
  EXPECT_EQ(tenants().Update(acme_, update, Call())->etag, view->etag);
  EXPECT_EQ(StoreRevision(), revision) << "nothing to change";
  update.display_name = "";
  EXPECT_EQ(tenants().Update(acme_, update, Call())->record.display_name, "acme");
}

TEST_F(TenantsTest, CustomSigningKeysArePublishedUnlessTheirKidIsTaken) {
  ASSERT_THAT(keys().Create(ring_, Kid("own"), Call()), IsOk());
  TenantUpdate update;
  update.custom_signing_keys.emplace({keystore::CustomSigningKey{"own", "{}"}});
  EXPECT_THAT(tenants().Update(acme_, update, Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
  update.custom_signing_keys.emplace({keystore::CustomSigningKey{"theirs", R"({"kid":"theirs"})"}});
  ASSERT_THAT(tenants().Update(acme_, update, Call()), IsOk());
  EXPECT_THAT(directory().FindJwks(directory().FindTenant(acme_))->json, testing::HasSubstr(R"({"kid":"theirs"})"));
  // It goes before the custom one.
  ASSERT_THAT(keys().Create(ring_, Kid("theirs"), Call()), IsOk());
  EXPECT_THAT(directory().FindJwks(directory().FindTenant(acme_))->json, testing::Not(testing::HasSubstr(R"({"kid":"theirs"})")));
  TenantUpdate rename;
  rename.display_name = "Acme";
  EXPECT_THAT(tenants().Update(acme_, rename, Call()), IsOk()) << "which is about something else";
}

TEST_F(TenantsTest, AStaleEtagIsRefusedAndAChangeOfRingsMakesNoneStale) {
  const std::string etag = tenants().Get(acme_)->etag;
  NewRing("saml");
  TenantUpdate update;
  update.display_name = "x";
  ASSERT_THAT(tenants().Update(acme_, update, CallWithEtag(etag)), IsOk());
  EXPECT_THAT(tenants().Update(acme_, update, CallWithEtag(etag)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
  EXPECT_THAT(tenants().Delete(acme_, CallWithEtag(etag)), IsError(StatusCode::kAborted, reason::kEtagMismatch));
}

TEST_F(TenantsTest, AreDeletedOnlyWhenTheyOwnNothing) {
  NewTenant account = Named("account");
  account.kind = TenantKind::kGlobalAccount;
  ASSERT_THAT(tenants().Create(account, Call()), IsOk());
  NewTenant child = Named("child");
  child.parent = TenantId("account");
  ASSERT_THAT(tenants().Create(child, Call()), IsOk());
  EXPECT_THAT(tenants().Delete(TenantId("account"), Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
  ASSERT_THAT(tenants().Delete(TenantId("child"), Call()), IsOk());
  EXPECT_THAT(tenants().Delete(TenantId("account"), Call()), IsOk());

  const RingName saml = NewRing("saml");
  EXPECT_THAT(tenants().Delete(acme_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
  ASSERT_THAT(rings().Delete(saml, Call()), IsOk());
  const KeyName key = NewKey();
  ASSERT_THAT(keys().Revoke(key, Force::kNo, Call()), IsOk());
  EXPECT_THAT(tenants().Delete(acme_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
  ASSERT_THAT(keys().Delete(key, Force::kNo, Call()), IsOk());
  EXPECT_THAT(tenants().Delete(acme_, Call()), IsOk());
  EXPECT_THAT(tenants().Get(acme_), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_EQ(directory().FindTenant(acme_), nullptr);
}

TEST_F(TenantsTest, MayBeCreatedAgainAndStillKnowTheKidsOfOld) {
  ASSERT_THAT(keys().Delete(NewKey("k"), Force::kNo, Call()), IsOk());
  ASSERT_THAT(tenants().Delete(acme_, Call()), IsOk());
  clock_.Advance(absl::Seconds(1));
  const absl::StatusOr<TenantView> again = tenants().Create(Named("acme"), Call());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->record.create_time, clock_.Now());
  EXPECT_EQ(rings().Get(ring_)->record.create_time, clock_.Now());
  EXPECT_THAT(keys().Create(ring_, Kid("k"), Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
  EXPECT_THAT(keys().Create(ring_, Kid(), Call()), IsOk());
}

TEST_F(TenantsTest, ARepetitionReturnsTheFirstResult) {
  const absl::StatusOr<TenantView> created = tenants().Create(Named("t"), CallWithId("create", "1"));
  ASSERT_THAT(created, IsOk());
  TenantUpdate update;
  update.display_name = "x";
  const absl::StatusOr<TenantView> updated = tenants().Update(TenantId("t"), update, CallWithId("update", "2"));
  ASSERT_THAT(updated, IsOk());
  ASSERT_THAT(tenants().Delete(TenantId("t"), CallWithId("delete", "3")), IsOk());
  const int64_t revision = StoreRevision();
  EXPECT_EQ(tenants().Create(Named("t"), CallWithId("create", "1"))->etag, created->etag);
  EXPECT_EQ(tenants().Update(TenantId("t"), update, CallWithId("update", "2"))->etag, updated->etag);
  EXPECT_THAT(tenants().Delete(TenantId("t"), CallWithId("delete", "3")), IsOk());
  EXPECT_EQ(StoreRevision(), revision);
  EXPECT_THAT(tenants().Create(Named("u"), CallWithId("create", "4")),
              IsError(StatusCode::kInvalidArgument, reason::kRequestIdReused));
}

TEST_F(TenantsTest, OnlyValidatingWritesNothing) {
  const int64_t revision = StoreRevision();
  EXPECT_EQ(tenants().Create(Named("t"), ValidateOnly())->issuer, "https://signet.example/t/t");
  TenantUpdate update;
  update.display_name = "x";
  EXPECT_EQ(tenants().Update(acme_, update, ValidateOnly())->record.display_name, "x");
  EXPECT_THAT(tenants().Delete(acme_, ValidateOnly()), IsOk());
  EXPECT_EQ(StoreRevision(), revision);
}

}  // namespace
}  // namespace signet::core
