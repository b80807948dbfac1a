#include "server/core/tenant_tree.h"

#include <memory>
#include <string>

#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::TenantId;
using keystore::TenantKind;

// The tree: account > top > middle > bottom, and the subaccount acme at a root.
class TenantTreeTest : public CoreTest {
 protected:
  TenantTreeTest() {
    EXPECT_THAT(Add("account", TenantKind::kGlobalAccount, ""), IsOk());
    EXPECT_THAT(Add("top", TenantKind::kDirectory, "account"), IsOk());
    EXPECT_THAT(Add("middle", TenantKind::kDirectory, "top"), IsOk());
    EXPECT_THAT(Add("bottom", TenantKind::kSubaccount, "middle"), IsOk());
  }

  static std::optional<TenantId> ParentNamed(const std::string& id) {
    return id.empty() ? std::nullopt : std::optional<TenantId>(TenantId(id));
  }

  absl::StatusOr<TenantView> Add(const std::string& id, TenantKind kind, const std::string& parent) {
    NewTenant tenant;
    tenant.id = id;
    tenant.kind = kind;
    tenant.parent = ParentNamed(parent);
    return tenants().Create(tenant, Call());
  }

  static absl::StatusOr<TenantView> MoveIn(Core& core, const std::string& id, const std::string& parent) {
    TenantUpdate update;
    update.parent = ParentNamed(parent);
    return core.tenants.Update(TenantId(id), update, Call());
  }
  absl::StatusOr<TenantView> Move(const std::string& id, const std::string& parent) { return MoveIn(*core_, id, parent); }

  // Lets `act` happen in another process between what this one reads and its first commit.
  void Meanwhile(std::function<void(Core&)> act) {
    faulty_store_.before_commit = [this, act = std::move(act)] {
      faulty_store_.before_commit = nullptr;
      Core another(*store_, *hsm_, clock_, random_, steps_);
      act(another);
    };
    core_ = std::make_unique<Core>(faulty_store_, *hsm_, clock_, random_, steps_);
  }

  Crash crash_;
  FaultyKeyStore faulty_store_{*store_, crash_};
};

TEST_F(TenantTreeTest, AGlobalAccountIsARoot) {
  EXPECT_THAT(Add("x", TenantKind::kGlobalAccount, "account"), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
  EXPECT_THAT(Move("account", "top"), IsError(StatusCode::kInvalidArgument, reason::kInvalidField));
}

TEST_F(TenantTreeTest, ADirectoryHasAParent) {
  const absl::StatusOr<TenantView> orphan = Add("x", TenantKind::kDirectory, "");
  ASSERT_THAT(orphan, IsError(StatusCode::kInvalidArgument, reason::kMissingField));
  EXPECT_EQ(GetErrorDetail(orphan.status())->metadata["field"], "tenant.parent");
  EXPECT_THAT(Move("middle", ""), IsError(StatusCode::kInvalidArgument, reason::kMissingField));
}

TEST_F(TenantTreeTest, ASubaccountMayBeAnywhereButBelowASubaccount) {
  EXPECT_THAT(Add("x", TenantKind::kSubaccount, "account"), IsOk());
  EXPECT_THAT(Add("y", TenantKind::kSubaccount, "top"), IsOk());
  EXPECT_THAT(Add("z", TenantKind::kSubaccount, "acme"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
  EXPECT_THAT(Add("z", TenantKind::kDirectory, "acme"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
  EXPECT_THAT(Move("acme", "bottom"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
  EXPECT_EQ(Move("bottom", "")->record.parent, std::nullopt);
  EXPECT_EQ(Move("acme", "middle")->record.parent, TenantId("middle"));
}

TEST_F(TenantTreeTest, AParentMustExist) {
  EXPECT_THAT(Add("x", TenantKind::kSubaccount, "nobody"), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
  EXPECT_THAT(Move("acme", "nobody"), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
}

TEST_F(TenantTreeTest, AMoveNeverClosesACycle) {
  EXPECT_THAT(Move("top", "top"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
  EXPECT_THAT(Move("top", "middle"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
  ASSERT_THAT(Add("low", TenantKind::kDirectory, "middle"), IsOk());
  EXPECT_THAT(Move("top", "low"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
  EXPECT_THAT(Move("low", "account"), IsOk());
  EXPECT_THAT(Move("top", "low"), IsOk());
}

TEST_F(TenantTreeTest, TwoMovesAtTheSameTimeCloseNoCycleTogether) {
  ASSERT_THAT(Add("other", TenantKind::kDirectory, "account"), IsOk());
  Meanwhile([](Core& another) { EXPECT_THAT(MoveIn(another, "other", "top"), IsOk()); });
  EXPECT_THAT(Move("top", "other"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
}

TEST_F(TenantTreeTest, AMoveOfADistantAncestorAtTheSameTimeClosesNoCycle) {
  ASSERT_THAT(Add("other", TenantKind::kDirectory, "account"), IsOk());
  // This process puts "other" below "middle"; meanwhile "top", which is above "middle", goes below "other".
  Meanwhile([](Core& another) { EXPECT_THAT(MoveIn(another, "top", "other"), IsOk()); });
  EXPECT_THAT(Move("other", "middle"), IsError(StatusCode::kFailedPrecondition, reason::kTenantParent));
}

TEST_F(TenantTreeTest, AChildCannotSlipBelowATenantThatIsBeingDeleted) {
  Meanwhile([this](Core& another) {
    NewTenant child;
    child.id = "child";
    child.parent = TenantId("account");
    EXPECT_THAT(another.tenants.Create(child, Call()), IsOk());
    EXPECT_THAT(another.tenants.Delete(TenantId("bottom"), Call()), IsOk());
  });
  EXPECT_THAT(Move("middle", "account"), IsOk()) << "a conflict that reading again resolves";
  Meanwhile([](Core& another) { EXPECT_THAT(MoveIn(another, "child", "middle"), IsOk()); });
  EXPECT_THAT(tenants().Delete(TenantId("middle"), Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
  Meanwhile([](Core& another) {
    EXPECT_THAT(MoveIn(another, "child", ""), IsOk());
    EXPECT_THAT(another.tenants.Delete(TenantId("middle"), Call()), IsOk());
  });
  EXPECT_THAT(Add("late", TenantKind::kSubaccount, "middle"), IsError(StatusCode::kNotFound, reason::kTenantNotFound));
}

TEST_F(TenantTreeTest, ARingOrKeyCannotSlipBelowATenantThatIsBeingDeleted) {
  Meanwhile([&](Core& another) { EXPECT_THAT(another.rings.Create({acme_, keystore::RingId("saml")}, {}, Call()), IsOk()); });
  EXPECT_THAT(tenants().Delete(acme_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
  ASSERT_THAT(rings().Delete({acme_, keystore::RingId("saml")}, Call()), IsOk());
  Meanwhile([&](Core& another) { EXPECT_THAT(another.keys.Create(ring_, keystore::Kid(), Call()), IsOk()); });
  EXPECT_THAT(tenants().Delete(acme_, Call()), IsError(StatusCode::kFailedPrecondition, reason::kTenantNotEmpty));
}

}  // namespace
}  // namespace signet::core
