// Every method of signet.v1.TenantService, as its proto describes it when all goes well.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TenantServiceTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(Backends, TenantServiceTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(TenantServiceTest, ATenantIsCreatedReadChangedAndDeleted) {
  ASSERT_EQ(Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>(R"pb(tenant_id: "root"
                                                                                   tenant { kind: GLOBAL_ACCOUNT })pb"))
                .outcome(),
            "OK");
  const auto created = Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>(R"pb(
    tenant_id: "team"
    tenant { kind: DIRECTORY parent: "tenants/root" display_name: "The Team" host_aliases: "team.example" })pb"));
  ASSERT_EQ(created.outcome(), "OK");
  EXPECT_EQ(created->name(), "tenants/team");
  EXPECT_EQ(created->kind(), v1::Tenant::DIRECTORY);
  EXPECT_EQ(created->parent(), "tenants/root");
  EXPECT_EQ(created->display_name(), "The Team");
  EXPECT_EQ(created->issuer(), "https://signet.test/t/team");
  EXPECT_THAT(created->host_aliases(), ElementsAre("team.example"));
  EXPECT_NE(created->etag(), "");
  EXPECT_EQ(created->create_time().seconds(), absl::ToUnixSeconds(server_.clock().Now()));

  const auto got = Call(&TenantStub::GetTenant, FromText<v1::GetTenantRequest>(R"pb(name: "tenants/team")pb"));
  EXPECT_EQ(got->SerializeAsString(), created->SerializeAsString());

  const auto updated = Call(&TenantStub::UpdateTenant, FromText<v1::UpdateTenantRequest>(R"pb(
    tenant { name: "tenants/team" issuer: "https://team.example" }
    update_mask { paths: "issuer" paths: "host_aliases" })pb"));
  ASSERT_EQ(updated.outcome(), "OK");
  EXPECT_EQ(updated->issuer(), "https://team.example");
  EXPECT_THAT(updated->host_aliases(), IsEmpty());
  EXPECT_EQ(updated->display_name(), "The Team");

  EXPECT_EQ(Call(&TenantStub::DeleteTenant, FromText<v1::DeleteTenantRequest>(R"pb(name: "tenants/team")pb")).outcome(), "OK");
  EXPECT_EQ(Call(&TenantStub::GetTenant, FromText<v1::GetTenantRequest>(R"pb(name: "tenants/team")pb")).outcome(),
            "NOT_FOUND TENANT_NOT_FOUND");
}

TEST_P(TenantServiceTest, ATenantWithoutAnIdGetsOne) {
  const auto created = Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>(R"pb(tenant { kind: SUBACCOUNT })pb"));
  ASSERT_EQ(created.outcome(), "OK");
  EXPECT_EQ(created->name().size(), std::string("tenants/").size() + 36);
}

TEST_P(TenantServiceTest, TenantsAreListedByParentAndKind) {
  for (const char* text : {R"pb(tenant_id: "root"
                                tenant { kind: GLOBAL_ACCOUNT })pb",
                           R"pb(tenant_id: "dir"
                                tenant { kind: DIRECTORY parent: "tenants/root" })pb",
                           R"pb(tenant_id: "sub"
                                tenant { kind: SUBACCOUNT parent: "tenants/root" })pb"}) {
    ASSERT_EQ(Call(&TenantStub::CreateTenant, FromText<v1::CreateTenantRequest>(text)).outcome(), "OK");
  }
  const auto all = Call(&TenantStub::ListTenants, v1::ListTenantsRequest());
  ASSERT_EQ(all.outcome(), "OK");
  EXPECT_THAT(all->tenants(), SizeIs(4));
  const auto children = Call(&TenantStub::ListTenants, FromText<v1::ListTenantsRequest>(R"pb(parent: "tenants/root")pb"));
  ASSERT_THAT(children->tenants(), SizeIs(2));
  EXPECT_EQ(children->tenants(0).name(), "tenants/dir");
  EXPECT_EQ(children->tenants(1).name(), "tenants/sub");
  const auto accounts = Call(&TenantStub::ListTenants, FromText<v1::ListTenantsRequest>(R"pb(kind: SUBACCOUNT)pb"));
  ASSERT_THAT(accounts->tenants(), SizeIs(2));
  EXPECT_EQ(accounts->tenants(0).name(), "tenants/acme");
}

}  // namespace
}  // namespace signet::testing
