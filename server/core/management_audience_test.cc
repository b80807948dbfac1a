#include "server/core/management_audience.h"

#include "gtest/gtest.h"

namespace signet::core {
namespace {

keystore::TenantRecord Acme() {
  keystore::TenantRecord tenant;
  tenant.id = keystore::TenantId("acme");
  tenant.host_aliases = {"acme.example", "localhost"};
  return tenant;
}

constexpr char kPublicUrl[] = "https://signet.example:8444";

TEST(ManagementAudienceTest, ItIsBuiltFromADomainOfTheTenant) {
  for (const char* audience : {"https://acme.example/api/v2/", "https://acme.example/api/v2", "https://localhost:8444/api/v2/",
                               "https://ACME.example/api/v2/", "https://signet.example:8444/t/acme/api/v2/"}) {
    EXPECT_TRUE(IsManagementAudience(Acme(), kPublicUrl, audience)) << audience;
  }
}

TEST(ManagementAudienceTest, NoOtherTextIsIt) {
  for (const char* audience :
       {"", "/", "/api/v2/", "https:///api/v2/", "https://other.example/api/v2/", "http://acme.example/api/v2/",
        "https://acme.example/api/v3/", "https://acme.example/", "https://acme.example:x/api/v2/", "https://acme.example/x/api/v2/",
        "https://signet.example:8444/t/other/api/v2/", "https://signet.example:8444/api/v2/", "acme.example/api/v2/"}) {
    EXPECT_FALSE(IsManagementAudience(Acme(), kPublicUrl, audience)) << audience;
  }
}

}  // namespace
}  // namespace signet::core
