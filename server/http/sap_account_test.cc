#include "server/http/sap_account.h"

#include <string>

#include "base/error_reason.h"
#include "server/core/testing/core_fixture.h"

namespace signet::http {
namespace {

using core::Call;
using core::IsError;
using core::IsOk;
using keystore::TenantId;
using keystore::TenantKind;

constexpr char kPublicUrl[] = "https://signet.example:8444";

keystore::TenantRecord Tenant(const std::string& id, std::vector<std::string> host_aliases = {}) {
  keystore::TenantRecord tenant;
  tenant.id = TenantId(id);
  tenant.host_aliases = std::move(host_aliases);
  return tenant;
}

TEST(SapUrlsTest, AreThoseOfTheFirstHostAlias) {
  const SapUrls urls = SapUrlsOf(Tenant("acme", {"shop.authentication.example", "other.example"}), kPublicUrl);
  EXPECT_EQ(urls.url, "https://shop.authentication.example:8444");
  EXPECT_EQ(urls.cert_url, "https://shop.authentication.cert.example:8444");
  EXPECT_EQ(urls.uaa_domain, "shop.authentication.example:8444");
  EXPECT_EQ(urls.identity_zone, "shop");
  EXPECT_EQ(SapUrlsOf(Tenant("acme", {"localhost"}), kPublicUrl).identity_zone, "localhost");
}

TEST(SapUrlsTest, AreThePathOfATenantWithoutAHost) {
  const SapUrls urls = SapUrlsOf(Tenant("acme"), kPublicUrl);
  EXPECT_EQ(urls.url, "https://signet.example:8444/t/acme");
  EXPECT_EQ(urls.cert_url, urls.url);
  EXPECT_EQ(urls.uaa_domain, "signet.example:8444/t/acme");
  EXPECT_EQ(urls.identity_zone, "acme");
}

class SapAccountTest : public core::CoreTest {
 protected:
  SapAccountTest() {
    Make("global", TenantKind::kGlobalAccount, "", {"corp.signet.example"});
    Make("folder", TenantKind::kDirectory, "global");
    Make("sub", TenantKind::kSubaccount, "folder");
    Make("other", TenantKind::kGlobalAccount, "");
  }
  void Make(const std::string& id, TenantKind kind, const std::string& parent, std::vector<std::string> host_aliases = {}) {
    core::NewTenant tenant;
    tenant.id = id;
    tenant.kind = kind;
    if (!parent.empty()) tenant.parent = TenantId(parent);
    tenant.host_aliases = std::move(host_aliases);
    ASSERT_THAT(tenants().Create(tenant, Call()), IsOk());
  }
  // The id of the account, or the error's reason.
  std::string Find(const std::string& values, const std::string& caller, const std::string& session = "") {
    const core::Principal principal = {.name = "p", .tenant = TenantId(caller)};
    const auto account = FindSapAccount(directory(), kPublicUrl,
                                        *SapParameters::Read(absl::StrCat(R"({"paramValues":)", values, "}")), session, principal);
    return account.ok() ? (*account)->tenant.id.value() : GetReason(account.status());
  }
};

TEST_F(SapAccountTest, AreFoundByTheParameterOfTheirKind) {
  EXPECT_EQ(Find(R"({"subaccount":"sub"})", "global"), "sub");
  EXPECT_EQ(Find(R"({"directory":"folder","subaccount":""})", "global"), "folder");
  EXPECT_EQ(Find(R"({"globalAccount":"global"})", "global"), "global");
  EXPECT_EQ(Find(R"({"globalAccount":"corp"})", "global"), "global");
  for (const char* values : {R"({"subaccount":"folder"})", R"({"directory":"sub"})", R"({"globalAccount":"sub"})",
                             R"({"globalAccount":"nobody"})", R"({"subaccount":"SUB"})"}) {
    EXPECT_EQ(Find(values, "global"), "TENANT_NOT_FOUND") << values;
  }
}

TEST_F(SapAccountTest, WithoutAParameterItIsThatOfTheSession) {
  EXPECT_EQ(Find("{}", "global", "corp"), "global");
  EXPECT_EQ(Find("{}", "global"), "INVALID_FIELD");
  EXPECT_EQ(Find(R"({"subaccount":"sub","directory":"folder"})", "global"), "INVALID_FIELD");
}

TEST_F(SapAccountTest, WhatIsOutOfReachIsNotFound) {
  EXPECT_EQ(Find(R"({"globalAccount":"other"})", "global"), "TENANT_NOT_FOUND");
  EXPECT_EQ(Find(R"({"directory":"folder"})", "sub"), "TENANT_NOT_FOUND");
  EXPECT_EQ(Find(R"({"subaccount":"sub"})", "folder"), "sub");
}

}  // namespace
}  // namespace signet::http
