#include "server/core/bootstrap.h"

#include "absl/strings/match.h"
#include "keystore/record_json.h"
#include "server/core/client_secret.h"
#include "server/core/scope.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using testing::SizeIs;

class BootstrapTest : public CoreTest {
 protected:
  absl::StatusOr<Bootstrap> Run(const BootstrapOptions& options = {}) {
    return BootstrapAdministrator(*store_, clock_, random_, "https://signet.example", options);
  }
  keystore::CredentialRecord Stored() { return StoredCredential(name_); }

  const CredentialName name_ = {keystore::TenantId("system"), keystore::CredentialId("administrator")};
};

TEST_F(BootstrapTest, MakesACredentialThatMayDoEverything) {
  const absl::StatusOr<Bootstrap> bootstrap = Run();
  ASSERT_THAT(bootstrap, IsOk());
  EXPECT_EQ(bootstrap->token_url, "https://signet.example/t/system/oauth/token");
  EXPECT_EQ(bootstrap->client_id, Stored().client_id);
  EXPECT_EQ(Stored().scopes, ToWords(ScopeSet::All()));
  EXPECT_EQ(Stored().expire_time, std::nullopt);
  ASSERT_THAT(Stored().secrets, SizeIs(1));
  EXPECT_TRUE(Matches(Stored().secrets[0], bootstrap->client_secret.Expose()));
  EXPECT_FALSE(absl::StrContains(keystore::ToJson(Stored()), bootstrap->client_secret.Expose()));
  EXPECT_EQ(Events().back().action, "BootstrapAdministrator");
  EXPECT_EQ(Events().back().actor, "bootstrap");
}

TEST_F(BootstrapTest, NeedsNoHsm) {
  ASSERT_THAT(Run(), IsOk());
  EXPECT_EQ(KeysInHsm(), 0u);
  MakeSystemTenant();
  EXPECT_EQ(KeysInHsm(), 4u) << "the server makes the keys that are missing";
}

TEST_F(BootstrapTest, ReachesARunningServer) {
  MakeSystemTenant();
  const absl::StatusOr<Bootstrap> bootstrap = Run();
  ASSERT_THAT(bootstrap, IsOk());
  ASSERT_THAT(directory().Refresh(), IsOk());
  EXPECT_NE(live_credentials().FindByClientId(bootstrap->client_id), nullptr);
}

TEST_F(BootstrapTest, HappensOnceUnlessToldToReplace) {
  const absl::StatusOr<Bootstrap> first = Run();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(directory().Refresh(), IsOk());
  EXPECT_THAT(Run(), IsError(StatusCode::kAlreadyExists, reason::kCredentialExists));
  EXPECT_TRUE(Matches(Stored().secrets[0], first->client_secret.Expose()));
  const absl::StatusOr<Bootstrap> second = Run({.replace = true});
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(Stored().secrets, SizeIs(1));
  EXPECT_FALSE(Matches(Stored().secrets[0], first->client_secret.Expose()));
  EXPECT_TRUE(Matches(Stored().secrets[0], second->client_secret.Expose()));
  ASSERT_THAT(directory().Refresh(), IsOk());
  EXPECT_EQ(live_credentials().FindByClientId(first->client_id), nullptr) << "its tokens end too";
}

TEST_F(BootstrapTest, MakesADeletedAdministratorAnew) {
  const absl::StatusOr<Bootstrap> first = Run();
  ASSERT_THAT(credentials().Delete(name_, Call()), IsOk());
  const absl::StatusOr<Bootstrap> second = Run();
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->client_id, first->client_id);
}

TEST_F(BootstrapTest, NeedsTheTenantsId) {
  keystore::TenantRecord tenant;
  tenant.id = name_.tenant;
  keystore::Change change;
  change.puts = {tenant};
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  EXPECT_THAT(Run(), IsError(StatusCode::kFailedPrecondition, reason::kTenantReserved));
}

}  // namespace
}  // namespace signet::core
