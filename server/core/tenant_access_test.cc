#include "server/core/tenant_access.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::TenantId;
using keystore::TenantKind;
using ::testing::ElementsAre;

// TenantAccessTest has two trees: root, with dir and leaf below it, and sub below dir; and other, with far below it.
class TenantAccessTest : public CoreTest {
 protected:
  TenantAccessTest() {
    Make("root", TenantKind::kGlobalAccount, "");
    Make("dir", TenantKind::kDirectory, "root");
    Make("sub", TenantKind::kSubaccount, "dir");
    Make("leaf", TenantKind::kSubaccount, "root");
    Make("other", TenantKind::kGlobalAccount, "");
    Make("far", TenantKind::kSubaccount, "other");
  }

  void Make(const std::string& id, TenantKind kind, const std::string& parent) {
    NewTenant tenant;
    tenant.id = id;
    tenant.kind = kind;
    if (!parent.empty()) tenant.parent = TenantId(parent);
    EXPECT_TRUE(tenants().Create(tenant, Call()).ok()) << id;
  }
  static Principal Of(const std::string& tenant) {
    return {.name = "tenants/" + tenant + "/credentials/c", .tenant = TenantId(tenant), .scopes = ScopeSet::All()};
  }
  TenantView Get(const std::string& id) { return *tenants().Get(TenantId(id)); }
  absl::Status CheckUpdate(const Principal& caller, const std::string& id, const TenantUpdate& update) {
    return AllowedUpdate(services().directory, caller, Get(id), update).status();
  }
  // All ids of the list, read in pages of `page_size`.
  std::vector<std::string> List(const Principal& caller, int page_size, const keystore::KeyStore::TenantFilter& filter = {}) {
    std::vector<std::string> ids;
    ListRequest request{page_size, ""};
    do {
      const absl::StatusOr<ListResult<TenantView>> list = tenants().ListReached(caller, filter, request);
      EXPECT_TRUE(list.ok()) << list.status();
      if (!list.ok()) return ids;
      EXPECT_LE(list->items.size(), static_cast<size_t>(page_size));
      for (const TenantView& view : list->items) ids.push_back(view.record.id.value());
      request.page_token = list->next_page_token;
    } while (!request.page_token.empty());
    return ids;
  }
};

TEST_F(TenantAccessTest, AListShowsWhatItsCallerReachesHoweverItIsPaged) {
  for (const int page_size : {1, 2, 3, 100}) {
    EXPECT_THAT(List(Of("root"), page_size), ElementsAre("dir", "leaf", "root", "sub"));
    EXPECT_THAT(List(Of("dir"), page_size), ElementsAre("dir", "sub"));
    EXPECT_THAT(List(Of("sub"), page_size), ElementsAre("sub"));
    EXPECT_THAT(List(Of("other"), page_size), ElementsAre("far", "other"));
    EXPECT_EQ(List(LocalPrincipal(), page_size), List(Of("system"), page_size));
  }
  EXPECT_EQ(List(LocalPrincipal(), 100).size(), 7u) << "with acme, which the fixture makes";
}

TEST_F(TenantAccessTest, AListIsFilteredByKindAndParent) {
  keystore::KeyStore::TenantFilter subaccounts;
  subaccounts.kind = TenantKind::kSubaccount;
  EXPECT_THAT(List(Of("root"), 1, subaccounts), ElementsAre("leaf", "sub"));
  keystore::KeyStore::TenantFilter children;
  children.parent = TenantId("dir");
  EXPECT_THAT(List(Of("root"), 1, children), ElementsAre("sub"));
  EXPECT_THAT(List(Of("dir"), 1, children), ElementsAre("sub"));
}

TEST_F(TenantAccessTest, APageTokenOfOneCallerIsOfNoUseToAnother) {
  const std::string token = tenants().ListReached(Of("root"), {}, {1, ""})->next_page_token;
  for (const Principal& caller : {Of("other"), LocalPrincipal()}) {
    const absl::Status status = tenants().ListReached(caller, {}, {1, token}).status();
    EXPECT_EQ(GetReason(status), reason::kPageTokenInvalid);
  }
}

TEST_F(TenantAccessTest, OnlyTheSystemMakesRoots) {
  NewTenant root;
  EXPECT_TRUE(CheckMayCreate(LocalPrincipal(), root).ok());
  EXPECT_TRUE(CheckMayCreate(Of("system"), root).ok());
  const absl::Status status = CheckMayCreate(Of("root"), root);
  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(GetReason(status), reason::kOutOfReach);
  root.parent = TenantId("root");
  EXPECT_TRUE(CheckMayCreate(Of("root"), root).ok());
}

TEST_F(TenantAccessTest, ATenantIsNotItsOwnToMoveRenameOrRehost) {
  TenantUpdate moved;
  moved.parent = TenantId("root");
  TenantUpdate renamed;
  renamed.issuer = "https://issuer.example";
  TenantUpdate rehosted;
  rehosted.host_aliases = {"host.example"};
  for (const TenantUpdate& update : {moved, renamed, rehosted}) {
    EXPECT_EQ(GetReason(CheckUpdate(Of("sub"), "sub", update)), reason::kOutOfReach);
    EXPECT_TRUE(CheckUpdate(Of("dir"), "sub", update).ok());
    EXPECT_TRUE(CheckUpdate(Of("root"), "sub", update).ok());
    EXPECT_TRUE(CheckUpdate(LocalPrincipal(), "sub", update).ok());
  }
  TenantUpdate uprooted;
  uprooted.parent = std::optional<TenantId>();
  EXPECT_EQ(GetReason(CheckUpdate(Of("root"), "sub", uprooted)), reason::kOutOfReach);
  EXPECT_TRUE(CheckUpdate(LocalPrincipal(), "sub", uprooted).ok());
  EXPECT_EQ(GetReason(CheckUpdate(Of("root"), "root", renamed)), reason::kOutOfReach);
}

TEST_F(TenantAccessTest, ATenantThatIsReadAndWrittenBackChangesOnlyItsName) {
  const TenantView present = Get("sub");
  TenantUpdate update;
  update.display_name = "The Sub";
  update.parent = present.record.parent;
  update.issuer = present.issuer;
  update.host_aliases = present.record.host_aliases;
  const absl::StatusOr<TenantUpdate> allowed = AllowedUpdate(services().directory, Of("sub"), present, update);
  ASSERT_TRUE(allowed.ok());
  EXPECT_EQ(allowed->display_name, "The Sub");
  EXPECT_FALSE(allowed->parent.has_value());
  EXPECT_FALSE(allowed->issuer.has_value());
  EXPECT_FALSE(allowed->host_aliases.has_value());
}

TEST_F(TenantAccessTest, ATenantIsNotItsOwnToDelete) {
  EXPECT_EQ(GetReason(CheckMayDelete(services().directory, Of("sub"), TenantId("sub"))), reason::kOutOfReach);
  EXPECT_EQ(GetReason(CheckMayDelete(services().directory, Of("root"), TenantId("root"))), reason::kOutOfReach);
  EXPECT_TRUE(CheckMayDelete(services().directory, Of("dir"), TenantId("sub")).ok());
  EXPECT_TRUE(CheckMayDelete(services().directory, LocalPrincipal(), TenantId("root")).ok());
}

TEST_F(TenantAccessTest, AListOfATenantThatIsGoneSaysSo) {
  EXPECT_EQ(GetReason(tenants().ListReached(Of("gone"), {}, {}).status()), reason::kTenantNotFound);
}

}  // namespace
}  // namespace signet::core
